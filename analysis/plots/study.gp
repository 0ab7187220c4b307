# study.gp - slowdown of each policy against all memory near, by trace and ratio of near to far.
#
#   gnuplot -c study.gp study.tsv study.svg
#
# Table: trace and ratio, then the slowdown under each policy.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("study.gp")]
load here . "style.gp"
if (ending eq ".svg") { set terminal svg noenhanced size 900,460 dynamic standalone font "Sans,14" background "white" }
set ylabel "time, all near = 1"
set xtics rotate by -40 left noenhanced
set offsets 0.5, 0.5, 0.02, 0
stats in using 2 nooutput
columns = STATS_columns
plot for [i = 2:columns] in using ($0 + 0.07 * (i - 2 - (columns - 2) / 2.0)):(column(i)):xtic(1) \
    with points pt (i - 1) ps 0.9 lt i - 1 title columnheader(i)
