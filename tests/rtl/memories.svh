// What the testbenches of cores with request-and-grant buses share: a clock, and memories that
// grant at once and answer a cycle later. Included within a module that has the core and
// `localparam DRAIN`, the cycles from the last store until its instruction has left the core.
// +image=FILE  words for $readmemh, from address 0   +trace=FILE  opened as `file`
// +accesses=FILE  gets a line "CYCLE ADDRESS STROBES DATA" for each request to the device at
// 0x60000000, whose words read as the number of the cycle of the request.
// The program starts at 0x80 and ends with a store to 0x1ff00.
    reg clk = 0, reset_n = 1;
    always #1 clk = !clk;

    reg [31:0] memory [0:32767];
    wire instr_req, data_req, data_we;
    reg instr_valid = 0, data_valid = 0;
    wire [31:0] instr_address, data_address, data_wdata;
    reg [31:0] instr, data;
    wire [3:0] data_be;

    integer file, accesses, cycle = 0, stopping = 0;
    reg [8*256-1:0] name;
    wire device = data_address[31:28] == 4'h6;
    initial begin
        if ($value$plusargs("image=%s", name)) $readmemh(name, memory);
        if ($value$plusargs("trace=%s", name)) file = $fopen(name, "w");
        if ($value$plusargs("accesses=%s", name)) accesses = $fopen(name, "w");
        @(negedge clk) reset_n = 0;  // an edge: what has a gated clock is not reset without
        repeat (3) @(posedge clk);
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
        if (stopping > 0) stopping <= stopping + 1;
        if (stopping == DRAIN) $finish;
        if (cycle > 20000000) begin
            $fdisplay(file, "trap");
            $finish;
        end
    end
