// One Ibex core running a program from memories that grant at once and answer a cycle later.
// +image=FILE  words for $readmemh, from address 0   +trace=FILE  gets a line "CYCLE PC" for
// each instruction that retires. The program starts at 0x80 and ends with a store to 0x1ff00.
// +accesses=FILE  gets a line "CYCLE ADDRESS STROBES DATA" for each request to the device at
// 0x60000000, whose words read as the number of the cycle of the request.
// +traps       a trap goes to the program's handler and does not end the run
module tb;
`ifdef MAXPERF
    localparam ibex_pkg::rv32m_e M = ibex_pkg::RV32MSingleCycle;
    localparam bit PERFORMANCE = 1;
`else
    localparam ibex_pkg::rv32m_e M = ibex_pkg::RV32MFast;
    localparam bit PERFORMANCE = 0;
`endif
    reg clk = 0, reset_n = 0;
    always #1 clk = !clk;

    reg [31:0] memory [0:32767];
    reg [31:0] registers [0:31];
    wire instr_req, data_req, data_we, write, retires, traps;
    reg instr_valid = 0, data_valid = 0;
    wire [31:0] instr_address, data_address, data_wdata, wdata, retired_pc;
    reg [31:0] instr, data;
    wire [3:0] data_be;
    wire [4:0] read_a, read_b, rd;

    ibex_core #(.RV32M(M), .BranchTargetALU(PERFORMANCE), .WritebackStage(PERFORMANCE)) core (
        .clk_i(clk), .rst_ni(reset_n), .hart_id_i(0), .boot_addr_i(0),
        .instr_req_o(instr_req), .instr_gnt_i(1'b1), .instr_rvalid_i(instr_valid),
        .instr_addr_o(instr_address), .instr_rdata_i(instr), .instr_err_i(1'b0),
        .data_req_o(data_req), .data_gnt_i(1'b1), .data_rvalid_i(data_valid), .data_we_o(data_we),
        .data_be_o(data_be), .data_addr_o(data_address), .data_wdata_o(data_wdata),
        .data_rdata_i(data), .data_err_i(1'b0),
        .rf_raddr_a_o(read_a), .rf_raddr_b_o(read_b), .rf_waddr_wb_o(rd), .rf_we_wb_o(write),
        .rf_wdata_wb_ecc_o(wdata),
        .rf_rdata_a_ecc_i(registers[read_a]), .rf_rdata_b_ecc_i(registers[read_b]),
        .ic_tag_rdata_i('{default: '0}), .ic_data_rdata_i('{default: '0}),
        .ic_scr_key_valid_i(1'b1), .irq_software_i(1'b0), .irq_timer_i(1'b0),
        .irq_external_i(1'b0), .irq_fast_i(15'b0), .irq_nm_i(1'b0), .debug_req_i(1'b0),
        .fetch_enable_i(ibex_pkg::IbexMuBiOn),
        .rvfi_valid(retires), .rvfi_trap(traps), .rvfi_pc_rdata(retired_pc)
    );

    integer file, accesses, cycle = 0, stopping = 0, i;
    reg [8*256-1:0] name;
    wire device = data_address[31:28] == 4'h6;
    initial begin
        for (i = 0; i < 32; i = i + 1) registers[i] = 0;
        if ($value$plusargs("image=%s", name)) $readmemh(name, memory);
        if ($value$plusargs("trace=%s", name)) file = $fopen(name, "w");
        if ($value$plusargs("accesses=%s", name)) accesses = $fopen(name, "w");
        repeat (4) @(posedge clk);
        reset_n <= 1;
    end

    always @(posedge clk) begin
        cycle <= cycle + 1;
        instr_valid <= instr_req && reset_n;
        instr <= memory[instr_address[16:2]];
        data_valid <= data_req && reset_n;
        data <= device ? cycle : memory[data_address[16:2]];
        if (reset_n && data_req && device)
            $fdisplay(accesses, "%0d %h %h %h", cycle, data_address, data_we ? data_be : 4'b0,
                      data_wdata);
        if (reset_n && data_req && data_we && !device) begin
            if (data_be[0]) memory[data_address[16:2]][7:0] <= data_wdata[7:0];
            if (data_be[1]) memory[data_address[16:2]][15:8] <= data_wdata[15:8];
            if (data_be[2]) memory[data_address[16:2]][23:16] <= data_wdata[23:16];
            if (data_be[3]) memory[data_address[16:2]][31:24] <= data_wdata[31:24];
            if (data_address == 32'h1ff00) stopping <= 1;
        end
        if (write && rd != 0) registers[rd] <= wdata;
        if (reset_n && retires) begin
            $fdisplay(file, "%0d %h", cycle, retired_pc);
            if (traps && !$test$plusargs("traps")) begin
                $fdisplay(file, "trap");
                $finish;
            end
        end
        if (stopping > 0) stopping <= stopping + 1;
        if (stopping == 8) $finish;
        if (cycle > 20000000) begin
            $fdisplay(file, "trap");
            $finish;
        end
    end
endmodule
