# heat.gp - where the traffic goes: pages by time.
#
#   gnuplot -c heat.gp heat-1.tsv heat-1.svg
#
# Table: a matrix with headings: the first row has times in ms, the first column the pages' place in
# MiB, the cells KiB per ms and page, NaN where there was no traffic.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("heat.gp")]
load here . "style.gp"
unset datafile columnheaders
unset grid
set logscale cb
set palette defined (0 "#440154", 1 "#3b528b", 2 "#21918c", 3 "#5ec962", 4 "#fde725")
set cblabel "traffic of a page (KiB/ms)" offset 1.5,0
set rmargin 9
set format x "%g"
set format y "%g"
set cbtics (0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, \
    2000, 5000, "10k" 1e4, "100k" 1e5, "1M" 1e6)
# Hours in ms would hide each other's labels.
last = real(system("awk -F '\t' '!/^#/ { print $NF; exit }' " . in))
if (last >= 1e4) { time_unit = "s"; time_factor = 1e-3 }
set xlabel "simulated time (" . time_unit . ")"
set ylabel "pages by first touch (MiB)"
set border 15
set autoscale xfix
set autoscale yfix
unset key
plot in matrix nonuniform using ($1 * time_factor):2:3 with image
