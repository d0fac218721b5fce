// One Ibex core running a program; memories.svh says how it is given and where it ends.
// +trace=FILE  gets a line "CYCLE PC" for each instruction that retires
// +traps       a trap goes to the program's handler and does not end the run
module tb;
`ifdef MAXPERF
    localparam ibex_pkg::rv32m_e M = ibex_pkg::RV32MSingleCycle;
    localparam bit PERFORMANCE = 1;
`else
    localparam ibex_pkg::rv32m_e M = ibex_pkg::RV32MFast;
    localparam bit PERFORMANCE = 0;
`endif
    localparam DRAIN = 8;
`include "memories.svh"

    reg [31:0] registers [0:31];
    wire write, retires, traps;
    wire [31:0] wdata, retired_pc;
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

    integer i;
    initial for (i = 0; i < 32; i = i + 1) registers[i] = 0;

    always @(posedge clk) begin
        if (write && rd != 0) registers[rd] <= wdata;
        if (reset_n && retires) begin
            $fdisplay(file, "%0d %h", cycle, retired_pc);
            if (traps && !$test$plusargs("traps")) begin
                $fdisplay(file, "trap");
                $finish;
            end
        end
    end
endmodule
