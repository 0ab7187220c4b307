/* recipe.h - what a recording is to contain: for the plugin, and for whoever reads the trace. */
#ifndef LAD_CAPTURE_RECIPE_H
#define LAD_CAPTURE_RECIPE_H

#include "traces/capture/capture.h"

/* In units of the clock that the options name. */
LadCaptureSchedule lad_capture_schedule(const LadCaptureOptions *options);
/* The trace's header; `emulator` is its path. */
LadTraceHeader *lad_capture_header(const LadCaptureOptions *options, const char *emulator);

#endif
