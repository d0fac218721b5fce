// One CV32E40P running a program from memories that grant at once and answer a cycle later.
// +image=FILE  words for $readmemh, from address 0   +trace=FILE  gets a line "CYCLE PC" for
// each instruction that leaves ID. The program starts at 0x80 and ends with a store to 0x1ff00.
// +accesses=FILE  gets a line "CYCLE ADDRESS STROBES DATA" for each request to the device at
// 0x60000000, whose words read as the number of the cycle of the request.
module tb;
    reg clk = 0, reset_n = 0;
    always #1 clk = !clk;

    reg [31:0] memory [0:32767];
    wire instr_req, data_req, data_we;
    reg instr_valid = 0, data_valid = 0;
    wire [31:0] instr_address, data_address, data_wdata;
    reg [31:0] instr, data;
    wire [3:0] data_be;

    cv32e40p_core core (
        .clk_i(clk), .rst_ni(reset_n), .pulp_clock_en_i(1'b0), .scan_cg_en_i(1'b0),
        .boot_addr_i(32'h80), .mtvec_addr_i(32'h0), .dm_halt_addr_i(32'h0), .hart_id_i(32'h0),
        .dm_exception_addr_i(32'h0),
        .instr_req_o(instr_req), .instr_gnt_i(1'b1), .instr_rvalid_i(instr_valid),
        .instr_addr_o(instr_address), .instr_rdata_i(instr),
        .data_req_o(data_req), .data_gnt_i(1'b1), .data_rvalid_i(data_valid),
        .data_we_o(data_we), .data_be_o(data_be), .data_addr_o(data_address),
        .data_wdata_o(data_wdata), .data_rdata_i(data),
        .apu_gnt_i(1'b0), .apu_rvalid_i(1'b0), .apu_result_i(32'b0), .apu_flags_i(5'b0),
        .irq_i(32'b0), .debug_req_i(1'b0), .fetch_enable_i(1'b1)
    );

    integer file, accesses, cycle = 0, stopping = 0;
    reg [8*256-1:0] name;
    wire device = data_address[31:28] == 4'h6;
    initial begin
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
        if (reset_n && core.id_stage_i.id_valid_o && core.id_stage_i.is_decoding_o)
            $fdisplay(file, "%0d %h", cycle, core.pc_id);
        if (stopping > 0) stopping <= stopping + 1;
        if (stopping == 4) $finish;
        if (cycle > 20000000) begin
            $fdisplay(file, "trap");
            $finish;
        end
    end
endmodule
