/* int8.inc.h - vectorised quantisation and rescaling, for every instruction set                   rank 1: kernels
 *
 * Included after: VL (32-bit lanes), MR (rows of a tile), vf and vi (vectors of floats and of integers); f_load, f_load_part (the first
 * n < VL lanes, others 0), f_store, f_set, f_mul, f_add, f_max, f_min (a when a < b, else b, as for f_max), f_round, f_reduce_min,
 * f_reduce_max (over lanes), f_bytes (stores lanes as VL bytes); i_load, i_store, i_set, i_mul, i_sub, i_float; INT8_KERNEL_SET,
 * INT8_NAME; and
 *
 *     sum_products(c, values, pitch, rows, panel, groups, prefetch): exact int32 sums of rows [rows <= MR, 4 * groups; pitch]
 *     times a panel, stored as integers in c [rows, 32]. */

static void quantise(const rw_int8_rows *out, size_t row, const float *x, size_t k)
{
    uint8_t *values = out->values + row * out->pitch;
    vf       lowest = f_set(0.0f), highest = f_set(0.0f), none = f_set(0.0f), most = f_set(255.0f), by, from;
    float    zero, factor;
    size_t   p = 0;

    for (; p + VL <= k; p += VL) {
        lowest  = f_min(f_load(x + p), lowest);
        highest = f_max(f_load(x + p), highest);
    }
    if (p < k) { /* lanes beyond k are 0, which changes neither */
        lowest  = f_min(f_load_part(x + p, k - p), lowest);
        highest = f_max(f_load_part(x + p, k - p), highest);
    }
    factor          = rw_int8_range(&out->scales[row], &zero, f_reduce_min(lowest), f_reduce_max(highest));
    out->zeros[row] = (int32_t)zero;
    by              = f_set(factor);
    from            = f_set(zero);
    for (p = 0; p < k; p += VL) { /* the pitch leaves room for a whole vector */
        vf v = k - p >= VL ? f_load(x + p) : f_load_part(x + p, k - p);

        f_bytes(values + p, f_min(f_max(f_add(f_round(f_mul(v, by)), from), none), most));
    }
}

/* c [rows, 32]: int32 sums -> floats, in place. */
static void scale_sums(float *c, const rw_int8_rows *a, size_t row, size_t rows, const rw_matrix *b, size_t column)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < RW_INT8_COLUMNS; j += VL, c += VL) {
            vi shift = i_mul(i_set(a->zeros[row + i]), i_load(b->sums + column + j));
            vf scale = f_mul(f_set(a->scales[row + i]), f_load(b->scales + column + j));

            f_store(c, f_mul(i_float(i_sub(i_load(c), shift)), scale));
        }
}

static void tile(float *c, const rw_int8_rows *a, size_t row, size_t rows, const rw_matrix *b, size_t column,
                 rw_prefetch prefetch)
{
    size_t groups = rw_int8_groups(b->k);

    sum_products(c, a->values + row * a->pitch, a->pitch, rows, (const int8_t *)b->panels + column * groups * 4, groups,
                 prefetch);
    scale_sums(c, a, row, rows, b, column);
}

const rw_int8_kernels INT8_KERNEL_SET = { INT8_NAME, MR, quantise, tile };
