"""The array as a package for a user of Verilog: modules, descriptions and a test bench."""
