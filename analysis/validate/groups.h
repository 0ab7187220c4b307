/* groups.h - the groups of checks, one file each. */
#ifndef LAD_VALIDATE_GROUPS_H
#define LAD_VALIDATE_GROUPS_H

#include "analysis/validate/validate.h"

/* extern const LadValidateGroup lad_validate_NAME, in NAME.c. */
extern const LadValidateGroup lad_validate_bursts;
extern const LadValidateGroup lad_validate_dram;
extern const LadValidateGroup lad_validate_loaded_latency;
extern const LadValidateGroup lad_validate_kernel_runs;
extern const LadValidateGroup lad_validate_mm;
extern const LadValidateGroup lad_validate_senpai;
extern const LadValidateGroup lad_validate_services;
extern const LadValidateGroup lad_validate_tpp;
extern const LadValidateGroup lad_validate_zswap;

#endif
