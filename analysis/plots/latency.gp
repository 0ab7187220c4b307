# latency.gp - distribution of the latency of line reads, a curve per tier.
#
#   gnuplot -c latency.gp latency-1.tsv latency-1.svg
#
# Table: per tier a block of two columns: latency in ns, and the percentage of reads that took at most
# so long. The second heading is the tier's name. Blocks are separated by two blank lines.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("latency.gp")]
load here . "style.gp"
set xlabel "latency of line reads (ns)"
set ylabel "reads, cumulative (%)"
# Before any range is set: stats leaves out what lies outside.
stats in using 1 nooutput
set logscale x
set yrange [0:100]
set xrange [STATS_min:STATS_max]
set xtics (5, 10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, \
    7000, 10000, 20000, 50000, 100000, 1000000)
# Devices beside memory: decades only, or labels hide each other.
if (STATS_max > 300 * STATS_min) {
    set xtics ("1" 1, "10" 10, "100" 100, "1k" 1e3, "10k" 1e4, "100k" 1e5, "1M" 1e6, "10M" 1e7, "100M" 1e8)
}
plot for [i = 0:STATS_blocks - 1] in index i using 1:2 with steps lt i + 1 title columnheader(2)
