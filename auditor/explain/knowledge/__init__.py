"""What rules know: tables, each entry with its source, and what is asked of them."""
