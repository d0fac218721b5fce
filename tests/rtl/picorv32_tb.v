// One PicoRV32 running a program from a memory that answers every look-ahead read at once.
// +image=FILE  words for $readmemh, from address 0   +trace=FILE  gets a line "CYCLE PC" for
// each instruction that retires. The program starts at 0x80 and ends with a store to 0x1ff00.
// +accesses=FILE  gets a line "CYCLE ADDRESS STROBES DATA" for each request to the device at
// 0x60000000, whose words read as the number of the cycle of the request.
module tb;
`ifdef FAST_MUL
    parameter [0:0] FAST_MUL = 1;
`else
    parameter [0:0] FAST_MUL = 0;
`endif
`ifdef NO_MUL
    parameter [0:0] MUL = 0, DIV = 0;
`else
    parameter [0:0] MUL = 1, DIV = 1;
`endif
`ifdef BARREL
    parameter [0:0] BARREL = 1;
`else
    parameter [0:0] BARREL = 0;
`endif
`ifdef SINGLE_PORT
    parameter [0:0] DUALPORT = 0;
`else
    parameter [0:0] DUALPORT = 1;
`endif
`ifdef IRQ
    parameter [0:0] IRQ = 1;
`else
    parameter [0:0] IRQ = 0;
`endif
    reg clk = 0, resetn = 0;
    always #1 clk = !clk;

    reg [31:0] memory [0:32767];
    reg [31:0] rdata;
    wire la_read, la_write;
    wire [31:0] la_addr, la_wdata;
    wire [3:0] la_wstrb;
    wire retires, trap;
    wire pcpi_valid, pcpi_wr, pcpi_ready;
    wire [31:0] pcpi_insn, pcpi_rs1, pcpi_rs2, pcpi_rd;
    wire [31:0] retired_pc;

    picorv32 #(
        .COMPRESSED_ISA(1), .ENABLE_MUL(MUL), .ENABLE_FAST_MUL(FAST_MUL), .ENABLE_DIV(DIV),
`ifdef PCPI
        .ENABLE_PCPI(1),
`endif
        .ENABLE_IRQ(IRQ), .BARREL_SHIFTER(BARREL), .ENABLE_REGS_DUALPORT(DUALPORT), .REGS_INIT_ZERO(1),
        .CATCH_MISALIGN(0), .PROGADDR_RESET(32'h80)
    ) core (
        .clk(clk), .resetn(resetn), .trap(trap), .mem_ready(1'b1), .mem_rdata(rdata),
        .mem_la_read(la_read), .mem_la_write(la_write), .mem_la_addr(la_addr),
        .mem_la_wdata(la_wdata), .mem_la_wstrb(la_wstrb),
        .pcpi_valid(pcpi_valid), .pcpi_insn(pcpi_insn), .pcpi_rs1(pcpi_rs1), .pcpi_rs2(pcpi_rs2),
        .pcpi_wr(pcpi_wr), .pcpi_rd(pcpi_rd), .pcpi_wait(1'b0), .pcpi_ready(pcpi_ready),
        .irq(32'b0),
        .rvfi_valid(retires), .rvfi_pc_rdata(retired_pc)
    );

`ifdef PCPI
    `PCPI coprocessor (
        .clk(clk), .resetn(resetn), .pcpi_valid(pcpi_valid), .pcpi_insn(pcpi_insn),
        .pcpi_rs1(pcpi_rs1), .pcpi_rs2(pcpi_rs2), .pcpi_wr(pcpi_wr), .pcpi_ready(pcpi_ready),
        .pcpi_rd(pcpi_rd)
    );
`else
    assign {pcpi_wr, pcpi_ready, pcpi_rd} = 0;
`endif

    integer file, accesses, cycle = 0, stopping = 0;
    reg [8*256-1:0] name;
    wire device = la_addr[31:28] == 4'h6;
    initial begin
        if ($value$plusargs("image=%s", name)) $readmemh(name, memory);
        if ($value$plusargs("trace=%s", name)) file = $fopen(name, "w");
        if ($value$plusargs("accesses=%s", name)) accesses = $fopen(name, "w");
        repeat (4) @(posedge clk);
        resetn <= 1;
    end

    always @(posedge clk) begin
        cycle <= cycle + 1;
        rdata <= device ? cycle : memory[la_addr[16:2]];
        if (device && (la_read || la_write))
            $fdisplay(accesses, "%0d %h %h %h", cycle, la_addr, la_write ? la_wstrb : 4'b0,
                      la_wdata);
        if (la_write && !device) begin
            if (la_wstrb[0]) memory[la_addr[16:2]][7:0] <= la_wdata[7:0];
            if (la_wstrb[1]) memory[la_addr[16:2]][15:8] <= la_wdata[15:8];
            if (la_wstrb[2]) memory[la_addr[16:2]][23:16] <= la_wdata[23:16];
            if (la_wstrb[3]) memory[la_addr[16:2]][31:24] <= la_wdata[31:24];
            if (la_addr == 32'h1ff00) stopping <= 1;
        end
        if (resetn && retires) begin
            $fdisplay(file, "%0d %h", cycle, retired_pc);
            if (stopping == 1) $finish;
        end
        if (resetn && trap || cycle > 20000000) begin
            $fdisplay(file, "trap");
            $finish;
        end
    end
endmodule
