/* consumer.c - a program that uses the installed library, as a user would write it. */
#include <memladder/configuration.h>
#include <memladder/model.h>
#include <memladder/version.h>
#include <stdio.h>

int
main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadModels) models = lad_models_new(NULL, &error);
    g_autoptr(LadConfig) config = lad_config_new();
    if (models == NULL || lad_models_list(models)[0] == NULL ||
        !lad_config_read_text(config, "[run]\nseed = 1\n", "text", &error)) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "no models");
        return 1;
    }
    printf("libmemladder %s\n", lad_version());
    return 0;
}
