#include "common/prometheus_text.h"

void rw_prometheus_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void rw_prometheus_one(FILE *out, const char *name, const char *type, const char *help, double value)
{
    rw_prometheus_head(out, name, type, help);
    fprintf(out, "%s %.17g\n", name, value);
}

void rw_prometheus_drift(FILE *out, const rwda_drift_state *s)
{
    if (!(s->limit > 0.0))
        return;
    rw_prometheus_one(out, "rwda_drift_pictures_total", "counter", "Images compared with the threshold file's normal ones.",
                      (double)s->images);
    rw_prometheus_one(out, "rwda_drift_evidence", "gauge", "Logarithm of the martingale against no drift.", s->evidence);
    rw_prometheus_one(out, "rwda_drift_limit", "gauge", "Evidence at which the alarm is raised.", s->limit);
    rw_prometheus_one(out, "rwda_drift_alarm", "gauge",
                      "1 once the images have drifted from the threshold file's normal ones.", s->alarm);
}
