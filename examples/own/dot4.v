// A coprocessor for PicoRV32's PCPI: the instructions of dot4.toml, one cycle each.
//
// The core offers an instruction that it does not know, with both source registers, until somebody
// answers; of what is not ours nothing is said.
module dot4 (
    input clk, resetn,
    input pcpi_valid,
    input [31:0] pcpi_insn, pcpi_rs1, pcpi_rs2,
    output reg pcpi_wr, pcpi_ready,
    output reg [31:0] pcpi_rd
);
    wire ours = pcpi_valid && pcpi_insn[6:0] == 7'h2b && pcpi_insn[31:25] == 0;

    function signed [31:0] product(input [7:0] a, input [7:0] b);
        product = $signed(a) * $signed(b);
    endfunction

    reg [31:0] sum;
    wire [31:0] dot = product(pcpi_rs1[7:0], pcpi_rs2[7:0])
        + product(pcpi_rs1[15:8], pcpi_rs2[15:8])
        + product(pcpi_rs1[23:16], pcpi_rs2[23:16])
        + product(pcpi_rs1[31:24], pcpi_rs2[31:24]);

    always @(posedge clk) begin
        pcpi_ready <= 0;
        pcpi_wr <= 0;
        if (!resetn) sum <= 0;
        else if (ours && !pcpi_ready) case (pcpi_insn[14:12])
            0: begin pcpi_ready <= 1; pcpi_wr <= 1; pcpi_rd <= dot; end
            1: begin pcpi_ready <= 1; sum <= sum + dot; end
            2: begin pcpi_ready <= 1; pcpi_wr <= 1; pcpi_rd <= sum; sum <= pcpi_rs1; end
        endcase
    end
endmodule
