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
head(i) = system("grep -v '^#' " . in . " | head -n 1 | cut -f " . i)
set ylabel head(1) offset 1
set yrange [0:*]
is_goal(i) = head(i) eq "target" || head(i) eq "write budget"
if (columns == 2) { unset key }
plot for [i = 2:columns] in using ($1 * time_factor):(is_goal(i) ? NaN : column(i)) with lines \
         lt (i == 2 ? 1 : 3) title (is_goal(i) ? "" : head(i)), \
     for [i = 2:columns] in using ($1 * time_factor):(is_goal(i) ? column(i) : NaN) with lines \
         lt 4 dt 2 title (is_goal(i) ? head(i) : "")
