"""Networks, morphs and sets with what other rooms lend them; the jobs that make them."""
