// One CV32E40P running a program; memories.svh says how it is given and where it ends.
// +trace=FILE  gets a line "CYCLE PC" for each instruction that leaves ID
module tb;
    localparam DRAIN = 4;
`include "memories.svh"

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

    always @(posedge clk)
        if (reset_n && core.id_stage_i.id_valid_o && core.id_stage_i.is_decoding_o)
            $fdisplay(file, "%0d %h", cycle, core.pc_id);
endmodule
