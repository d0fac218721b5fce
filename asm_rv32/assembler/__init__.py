"""The stages from source to machine code; `pipeline` lists them."""
