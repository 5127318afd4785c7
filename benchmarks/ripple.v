// Carries from bit to bit, so that Yosys finds the full adders of an addition.
(* techmap_celltype = "$lcu" *)
module ripple_carry (P, G, CI, CO);
    parameter WIDTH = 1;
    input [WIDTH-1:0] P, G;
    input CI;
    output [WIDTH-1:0] CO;
    assign CO[0] = G[0] | (P[0] & CI);
    genvar i;
    generate
        for (i = 1; i < WIDTH; i = i + 1)
            assign CO[i] = G[i] | (P[i] & CO[i-1]);
    endgenerate
endmodule
