# offload-curves.gp - what a group's controller saw or did over time; targets and budgets are dashed.
#
#   gnuplot -c offload-curves.gp offload-pressure-1-web.tsv out.svg
#
# Table: time in ms, then one column per curve. The first heading is the label of the y axis.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("offload-curves.gp")]
load here . "style.gp"
load here . "time.gp"
stats in matrix nooutput
columns = STATS_size_x
array head[columns]
array goal[columns]
do for [i = 1:columns] {
    head[i] = system("awk -F '\t' '!/^#/ { print $" . i . "; exit }' " . in)
    goal[i] = head[i] eq "target" || head[i] eq "write budget"
}
set ylabel head[1] offset 1
set yrange [0:*]
if (columns == 2) { unset key }
plot for [i = 2:columns] in using ($1 * time_factor):(goal[i] ? NaN : column(i)) with lines \
         lt (i == 2 ? 1 : 3) title (goal[i] ? "" : head[i]), \
     for [i = 2:columns] in using ($1 * time_factor):(goal[i] ? column(i) : NaN) with lines \
         lt 4 dt 2 title (goal[i] ? head[i] : "")
