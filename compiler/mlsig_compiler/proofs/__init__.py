"""What holds of a space in every configuration: proved where it can be, and stated where it was not.

    study = Study(space, served)        cut into cells, and joined into components
    study.cardinality, study.mass       how many, and what share of the prior is legal
    study.reached(name)                 the cells of a variable that some legal configuration uses

The way: every domain is cut into *cells* on which each condition has one answer (`cutting`); every
condition and constraint becomes a decision diagram over cells (`tries`); variables that share one form a
*component*, whose legal assignments of cells are one layered diagram (`diagrams`). Counts, masses, proofs
and the sampler are read off it.
"""
