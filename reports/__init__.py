"""What people see: figures, tables and the self-contained page. Takes data frames and plain records."""
