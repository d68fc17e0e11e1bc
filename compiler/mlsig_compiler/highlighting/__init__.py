"""Colours by spelling: a lexer for Pygments, and a TextMate grammar for editors.

    pygments -l mlsig qa.mlsig
    python -m mlsig_compiler.highlighting > editors/vscode/syntaxes/mlsig.tmLanguage.json

Both take their words from `words`, which reads them from the grammar. What a word means, where its spelling
does not say it, is the language server's to tell.
"""
