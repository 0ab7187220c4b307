/* formats.h - one declaration per file of this folder that writes a format. */
#ifndef LAD_EXPORT_FORMATS_H
#define LAD_EXPORT_FORMATS_H

#include <memladder/export.h>

extern const LadExportFormat lad_export_champsim;
extern const LadExportFormat lad_export_csv;
extern const LadExportFormat lad_export_din;
extern const LadExportFormat lad_export_dinero;
extern const LadExportFormat lad_export_lackey;

#endif
