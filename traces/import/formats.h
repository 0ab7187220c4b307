/* formats.h - one declaration per file of this folder that reads a format. */
#ifndef LAD_IMPORT_FORMATS_H
#define LAD_IMPORT_FORMATS_H

#include <memladder/import.h>

extern const LadImportFormat lad_import_champsim;
extern const LadImportFormat lad_import_champsim_cloudsuite;
extern const LadImportFormat lad_import_damon;
extern const LadImportFormat lad_import_drmemtrace;
extern const LadImportFormat lad_import_keys;
extern const LadImportFormat lad_import_csv;
extern const LadImportFormat lad_import_dinero;
extern const LadImportFormat lad_import_lackey;
extern const LadImportFormat lad_import_oracle_general;
extern const LadImportFormat lad_import_perf_script;
extern const LadImportFormat lad_import_ramulator;

#endif
