# miss-ratio.gp - misses of a fully associative LRU cache by its size.
#
#   gnuplot -c miss-ratio.gp miss-ratio.tsv miss-ratio.svg
#
# Table: size in units and in bytes, misses (all, data, code), ratios of the same, standard error of the
# first ratio.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("miss-ratio.gp")]
load here . "style.gp"
set xlabel "size (KiB)"
set ylabel "misses per access"
set logscale x 2
set yrange [0:*]
set format x "%g"
plot in using ($2 / 1024):($6 - 2 * $9):($6 + 2 * $9) with filledcurves lc rgb "#cccccc" title "two standard errors", \
     in using ($2 / 1024):6 with lines lt 1 title "all", \
     in using ($2 / 1024):7 with lines lt 2 title "data", \
     in using ($2 / 1024):8 with lines lt 3 title "code"
