// Yosys' adder as a chain of full adders, so that they can be counted.
(* techmap_celltype = "$alu" *)
module ripple_alu (A, B, CI, BI, X, Y, CO);
    parameter A_SIGNED = 0, B_SIGNED = 0, A_WIDTH = 1, B_WIDTH = 1, Y_WIDTH = 1;
    input [A_WIDTH-1:0] A;
    input [B_WIDTH-1:0] B;
    input CI, BI;
    output [Y_WIDTH-1:0] X, Y, CO;
    wire [Y_WIDTH-1:0] a, b, inverted;
    wire [Y_WIDTH:0] carry;
    \$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_WIDTH), .Y_WIDTH(Y_WIDTH)) widen_a (.A(A), .Y(a));
    \$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) widen_b (.A(B), .Y(b));
    assign inverted = BI ? ~b : b;
    assign carry[0] = CI;
    assign X = a ^ inverted;
    assign CO = carry[Y_WIDTH:1];
    genvar i;
    generate
        for (i = 0; i < Y_WIDTH; i = i + 1)
            \$fa #(.WIDTH(1)) adder (
                .A(a[i]), .B(inverted[i]), .C(carry[i]), .Y(Y[i]), .X(carry[i+1])
            );
    endgenerate
endmodule
