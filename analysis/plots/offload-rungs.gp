# offload-rungs.gp - what a group holds over time, stacked by rung.
#
#   gnuplot -c offload-rungs.gp offload-rungs-1-web.tsv out.svg
#
# Table: time in ms, then MiB in memory, in the compressed pool, saved by compression, on devices.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("offload-rungs.gp")]
load here . "style.gp"
load here . "time.gp"
set ylabel "memory (MiB)"
set yrange [0:*]
set style fill solid 1.0 noborder
set key outside top center horizontal maxrows 2
plot for [i = 5:2:-1] in \
    using ($1 * time_factor):(sum [j = 2:i] column(j)) with filledcurves x1 lt (i == 4 ? 5 : i == 5 ? 4 : i - 1) \
    title columnheader(i)
