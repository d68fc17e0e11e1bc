"""What `mlsig space` shows of a space: found by name, made a class in memory, studied, drawn from.

named      FILE:NAME -> the space, the providers it can choose, what the compiler warns about
made       the space -> its generated class, with no file written
facts      the space -> what is proved of it, as data
tree       both as a tree for people
samples    configurations as a table, JSON lines or CSV
verdicts   a file of configurations -> which of its lines are illegal, and why
"""
