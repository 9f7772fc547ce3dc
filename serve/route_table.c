#include "serve/route_table.h"

#include "serve/route_handlers.h"

#include <stdio.h>
#include <string.h>

const route service_routes[] = {
    { "GET", "/", true, 0, answer_page, NULL, NULL },
    { "GET", "/page/{file}", true, 0, answer_page, NULL, NULL },
    { "GET", "/openapi.json", true, 0, answer_openapi, NULL, NULL },
    { "GET", "/healthz", true, 0, answer_live, NULL, NULL },
    { "GET", "/healthz/live", true, 0, answer_live, NULL, NULL },
    { "GET", "/healthz/ready", true, 0, answer_ready, NULL, NULL },
    { "GET", "/metrics", false, 0, answer_metrics, NULL, NULL },
    { "GET", "/v1/info", false, 0, answer_info, NULL, NULL },
    { "POST", "/v1/score", false, 0, NULL, prepare_score, finish_score },
    { "POST", "/v1/score:batch", false, 0, NULL, prepare_batch, finish_batch },
    { "POST", "/v1/embed", false, 0, NULL, prepare_embed, finish_embed },
    { "GET", "/v1/detectors", false, 0, answer_detectors, NULL, NULL },
    { "GET", "/v1/detectors/{id}", false, 0, answer_detector, NULL, NULL },
    { "DELETE", "/v1/detectors/{id}", false, 0, answer_detector_delete, NULL, NULL },
    { "GET", "/v1/memories", false, 0, answer_memories, NULL, NULL },
    { "POST", "/v1/memories", false, 0, NULL, prepare_memory, finish_memory },
    { "GET", "/v1/memories/{id}", false, 0, answer_memory, NULL, NULL },
    { "PUT", "/v1/memories/{id}", false, 0, NULL, prepare_memory_file, finish_memory },
    { "DELETE", "/v1/memories/{id}", false, 0, answer_memory_delete, NULL, NULL },
    { "GET", "/v1/memories/{id}/thresholds", false, 0, answer_memory_thresholds, NULL, NULL },
    { "POST", "/v1/trainings", false, 65536, answer_training_start, NULL, NULL },
    { "GET", "/v1/trainings/{id}", false, 0, answer_training, NULL, NULL },
    { "DELETE", "/v1/trainings/{id}", false, 0, answer_training_cancel, NULL, NULL },
    { "GET", "/v2", true, 0, answer_v2, NULL, NULL },
    { "GET", "/v2/health/live", true, 0, answer_live, NULL, NULL },
    { "GET", "/v2/health/ready", true, 0, answer_ready, NULL, NULL },
    { "GET", "/v2/models/{name}", false, 0, answer_v2_model, NULL, NULL },
    { "GET", "/v2/models/{name}/ready", false, 0, answer_v2_model_ready, NULL, NULL },
    { "POST", "/v2/models/{name}/infer", false, 0, NULL, prepare_infer, finish_infer },
    { "GET", "/v2/models/{name}/versions/{version}", false, 0, answer_v2_model, NULL, NULL },
    { "GET", "/v2/models/{name}/versions/{version}/ready", false, 0, answer_v2_model_ready, NULL, NULL },
    { "POST", "/v2/models/{name}/versions/{version}/infer", false, 0, NULL, prepare_infer, finish_infer },
};
const size_t n_service_routes = RW_COUNTOF(service_routes);

/* "/v2/models/{name}" and "/v2/models/rwda": the same length in segments, equal where no variable stands. */
static bool matches(const char *pattern, const char *path, char variables[ROUTE_VARIABLES][129])
{
    size_t found = 0;

    while (*pattern != '\0' && *path != '\0') {
        size_t a = strcspn(pattern + 1, "/") + 1, b = strcspn(path + 1, "/") + 1;

        if (pattern[1] == '{') {
            if (b < 2 || b > 128)
                return false;
            memcpy(variables[found], path + 1, b - 1);
            variables[found++][b - 1] = '\0';
        } else if (a != b || memcmp(pattern, path, a) != 0) {
            return false;
        }
        pattern += a;
        path += b;
    }
    return *pattern == '\0' && *path == '\0';
}

bool route_find(route_target *target, reply *r)
{
    const char *method      = strcmp(target->method, "HEAD") == 0 ? "GET" : target->method;
    char        allowed[64] = "";

    for (size_t i = 0; i < n_service_routes; i++) {
        if (!matches(service_routes[i].path, target->path, target->variables))
            continue;
        if (strcmp(service_routes[i].method, method) == 0) {
            target->route = &service_routes[i];
            return true;
        }
        (void)snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s%s%s", allowed[0] != '\0' ? ", " : "",
                       service_routes[i].method, strcmp(service_routes[i].method, "GET") == 0 ? ", HEAD" : "");
    }
    if (allowed[0] == '\0') {
        reply_problem(r, 404, NULL, "no such path; /openapi.json lists them");
    } else {
        reply_problem(r, 405, NULL, "%s does not take %.20s", target->path, target->method);
        reply_header(r, "Allow", "%s", allowed);
    }
    return false;
}
