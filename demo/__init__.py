"""A Home Assistant to look at: real, set up by itself, with phones that ring."""
