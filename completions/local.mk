# completions: for bash.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completions/memladder
