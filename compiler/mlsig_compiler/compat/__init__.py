"""What changed between two versions of `.mlsig` files, and whom it breaks.

`changes` has the kinds of change, `comparing` goes through modules and declarations, `declarations`, `spaces`
and `types` compare what they declare. `revisions` fetches files from git.
"""
