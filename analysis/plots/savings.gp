# savings.gp - memory saved against the pressure that it costs, a line per back end or policy.
#
#   gnuplot -c savings.gp savings-app.tsv savings-app.svg
#
# Table: a block per line of pressure in % of time, memory saved in % and the point's label; the first
# heading is the label of the x axis, the second the line's name.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("savings.gp")]
load here . "style.gp"
set xlabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 1")
set ylabel "memory saved (%)" offset 1
set yrange [0:*]
set xrange [0:*]
set offsets 0, graph 0.12, graph 0.1, 0
set key tmargin center horizontal maxcols 4 samplen 1.2 font ",13"
stats in using 1 nooutput
blocks = STATS_blocks
plot for [i = 0:blocks - 1] in index i using 1:2 with linespoints lt i + 1 pt i + 4 ps 0.9 title columnheader(2), \
     for [i = 0:blocks - 1] in index i using 1:2:3 with labels left offset 0.6,0.5 font ",11" tc lt i + 1 notitle
