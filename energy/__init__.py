"""Energy: sourced technology tables, arithmetic and memory energy, the published claims."""
