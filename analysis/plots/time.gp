# time.gp - the x axis of figures over time: column 1 in ms, shown in us, ms or s.
stats in using 1 nooutput
if (STATS_max < 1) {
    time_unit = "µs"
    time_factor = 1e3
}
if (STATS_max >= 1e4) {
    time_unit = "s"
    time_factor = 1e-3
}
set xlabel "simulated time (" . time_unit . ")"
set xrange [0:STATS_max * time_factor]
