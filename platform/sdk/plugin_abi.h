/* The contract between Signalbox and a signal plugin: plain C11, no allocation across the line.
 *
 * A plugin is a shared library that exports one symbol, `signalbox_plugin`, a function that
 * returns its static table of hooks. Authors normally write C++ against plugin.hpp, which fills
 * the table; this header is the truth beneath it.
 *
 * Rules that hold everywhere:
 *  - Every struct starts with `struct_size`; later minor versions only add fields at the end.
 *    A reader ignores what lies past the size it was given.
 *  - Batches are columns: parallel arrays of `count` entries.
 *  - Nobody frees the other side's memory. Inputs are borrowed until the hook returns; rows of
 *    managed state read in a hook stay valid until it returns (inside a request: until `end`).
 *  - Scores arrive filled with NaN; NaN is "no opinion", never 0. Infinity is a fault.
 *  - No exception and no longjmp crosses the line. A failing hook returns a code and fills
 *    `sb_error`.
 *  - `candidates`, `score`, `begin`, `end` and `explain` run on many threads, also during
 *    `update`. All other hooks of one instance are serialised by the host.
 */
#ifndef SIGNALBOX_PLUGIN_ABI_H_
#define SIGNALBOX_PLUGIN_ABI_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SB_ABI_MAJOR 1u
#define SB_ABI_MINOR 0u
#define SB_ENTRY_SYMBOL "signalbox_plugin"

/* An item inside this process: dense, from 0. Never written outside a checkpoint. */
typedef uint32_t sb_item;
#define SB_NO_ITEM UINT32_MAX

/* UTF-8, not terminated. data == NULL means absent. */
typedef struct sb_text {
  const char* data;
  size_t size;
} sb_text;

/* What a hook or a host service returns. */
enum sb_code {
  SB_OK = 0,
  SB_NOT_IMPLEMENTED = 1, /* the same as a NULL hook */
  SB_INVALID_CONFIG = 2,  /* create: the message names the key and the fix */
  SB_INVALID_STATE = 3,   /* restore: unreadable; the host builds a new generation */
  SB_INVALID_ARGUMENT = 4,
  SB_FAILED = 5
};

/* Owned by the host; `message` is cut at 255 bytes and always terminated. */
typedef struct sb_error {
  uint32_t struct_size;
  int32_t code;
  char message[256];
} sb_error;

/* --- events ---------------------------------------------------------------------------- */

enum sb_event_flags {
  SB_EVENT_FIRST_IN_SESSION = 1 /* position is 0 */
};

/* A batch of events of one partition, in log order. Only events that teach are in it:
 * duplicates, events past the session limit and robots' repeats were taken out by the host. */
typedef struct sb_events {
  uint32_t struct_size;
  uint32_t count;
  const sb_item* items;
  const uint64_t* users;     /* keyed hash of the visitor: the user, else the session */
  const uint64_t* sessions;  /* keyed hash of the session */
  const uint32_t* positions; /* events of the session before this one */
  const uint16_t* types;     /* index into the host's event types */
  const float* weights;      /* of the type, > 0 */
  const double* values;      /* the event's own value (a rating, a price); NaN if absent */
  const int64_t* times_ms;   /* event time, Unix milliseconds; may run backwards */
  const uint64_t* offsets;   /* position in the partition's log */
  const uint32_t* flags;     /* sb_event_flags */
  uint32_t partition;
  uint32_t reserved;
  /* The visitor's history before each event, oldest first, at most 50: event i owns
   * [history_begin[i], history_begin[i + 1]) of the history_* columns; the newest
   * history_in_session[i] of them belong to the event's own session. */
  const uint32_t* history_begin; /* count + 1 */
  const uint32_t* history_in_session;
  const sb_item* history_items;
  const uint16_t* history_types;
  const float* history_weights;
  const int64_t* history_times_ms;
} sb_events;

/* --- the catalogue --------------------------------------------------------------------- */

enum sb_attribute_kind {
  SB_ATTRIBUTE_NUMBER = 1, /* numbers; NaN absent */
  SB_ATTRIBUTE_TEXT = 2,   /* texts; data NULL absent */
  SB_ATTRIBUTE_BOOL = 3,   /* numbers: 0, 1, NaN absent */
  SB_ATTRIBUTE_LIST = 4,   /* list_begin[count + 1] into list_values; absent = empty */
  SB_ATTRIBUTE_TIME = 5    /* numbers: Unix milliseconds, NaN absent */
};

typedef struct sb_attribute_column {
  uint32_t struct_size;
  int32_t kind;
  sb_text name; /* "title", "category", "brand", "price", ... or a free attribute's */
  const double* numbers;
  const sb_text* texts;
  const uint32_t* list_begin;
  const sb_text* list_values;
} sb_attribute_column;

typedef struct sb_vector_column {
  uint32_t struct_size;
  uint32_t dimension;
  sb_text name;
  const float* values;    /* count x dimension, row-major; undefined where absent */
  const uint8_t* present; /* count; 0 = this item has no such vector */
} sb_vector_column;

/* A batch of items as the catalogue has them now. */
typedef struct sb_items {
  uint32_t struct_size;
  uint32_t count;
  const sb_item* items;
  const sb_attribute_column* columns;
  const sb_vector_column* vectors;
  uint32_t column_count;
  uint32_t vector_count;
  uint64_t epoch; /* the catalogue's, after this batch */
} sb_items;

/* --- a request ------------------------------------------------------------------------- */

typedef struct sb_request {
  uint32_t struct_size;
  uint32_t quota;       /* how many candidates the script asks of this signal */
  int64_t now_ms;       /* the tenant's clock */
  uint64_t user;        /* keyed hash of the visitor; 0 = none */
  uint64_t session;     /* keyed hash; 0 = none */
  sb_item context_item; /* the page's item; SB_NO_ITEM = none */
  uint32_t window_days; /* a look-back asked for (trending); 0 = none */
  /* The visitor's history, oldest first, at most 50; the newest history_in_session of them are
   * the current session's. */
  uint32_t history_count;
  uint32_t history_in_session;
  const sb_item* history_items;
  const uint16_t* history_types;
  const float* history_weights;
  const int64_t* history_times_ms;
  /* Bit i of word i / 64: item i may be recommended. NULL = every item may. Items at or past
   * eligible_bits may not. */
  const uint64_t* eligible;
  uint32_t eligible_bits;
  uint32_t reserved;
} sb_request;

/* Where candidates go. May be called any number of times within `candidates`; duplicates and
 * ineligible items are dropped by the host. */
typedef struct sb_candidate_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  void (*add)(void* context, const sb_item* items, const float* scores, size_t count);
} sb_candidate_sink;

#define SB_EXPLANATION_ITEMS 8
typedef struct sb_explanation {
  uint32_t struct_size;
  uint32_t item_count;                 /* of `items`, <= SB_EXPLANATION_ITEMS */
  char reason[256];                    /* terminated; empty = nothing to say */
  sb_item items[SB_EXPLANATION_ITEMS]; /* what the reason rests on */
} sb_explanation;

/* --- bytes ----------------------------------------------------------------------------- */

/* Returns SB_OK, or SB_FAILED once the host cannot take more (give up then). */
typedef struct sb_writer {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  int32_t (*write)(void* context, const void* data, size_t size);
} sb_writer;

/* Returns the bytes read: `size`, less only at the end. */
typedef struct sb_reader {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  size_t (*read)(void* context, void* data, size_t size);
} sb_reader;

/* --- managed state --------------------------------------------------------------------- */

/* Typed tables that the host keeps, checkpoints and exports. Writes only from `update` (one
 * writer); reads from any hook on any thread. Decayed weights: an amount w given at time t is
 * worth w * 2^(-(now - t) / half_life_ms) at `now`; they are kept in the log domain, so time
 * rewrites nothing and old data still ranks. half_life_ms 0 = no decay. */
typedef struct sb_table sb_table;

enum sb_table_kind {
  SB_TABLE_COUNTER = 1, /* (group, key) -> decayed sum */
  SB_TABLE_RANKING = 2, /* key -> the `capacity` heaviest members by decayed weight */
  SB_TABLE_RECENT = 3,  /* key -> the last `capacity` (member, time) */
  SB_TABLE_VECTOR = 4   /* key -> float32[capacity] */
};
enum sb_key_kind {
  SB_KEY_ITEM = 1, /* keys are sb_item: kept in arrays */
  SB_KEY_HASH = 2  /* keys are any 64 bits: kept in a hash table */
};

typedef struct sb_table_options {
  uint32_t struct_size;
  int32_t kind;
  sb_text name; /* unique in the instance; [a-z0-9_]{1,64} */
  int32_t key_kind;
  uint32_t capacity;
  double half_life_ms;
} sb_table_options;

typedef struct sb_ranking_row {
  uint32_t struct_size;
  uint32_t count;
  const sb_item* members; /* in no order */
  const float* weights;   /* weights[i] * scale = decayed weight at the `now` asked for */
  double scale;
} sb_ranking_row;

typedef struct sb_recent_row {
  uint32_t struct_size;
  uint32_t count;
  const uint64_t* members; /* oldest first */
  const int64_t* times_ms;
} sb_recent_row;

/* --- what the host offers -------------------------------------------------------------- */

enum sb_log_level { SB_LOG_DEBUG = 1, SB_LOG_INFO = 2, SB_LOG_WARN = 3, SB_LOG_ERROR = 4 };

/* Valid from `create` until `destroy` returns; every service is safe from any thread unless
 * said otherwise. */
typedef struct sb_host {
  uint32_t struct_size;
  uint32_t abi_minor;
  void* context; /* first argument of every service */

  void (*log)(void* context, int32_t level, sb_text message);
  int64_t (*now_ms)(void* context); /* the tenant's clock; never in `update` */
  /* Exported as signalbox_signal_<name>{signal="<instance>"}. */
  void (*metric_add)(void* context, sb_text name, double amount); /* a counter */
  void (*metric_set)(void* context, sb_text name, double value);  /* a gauge */

  /* Ids of items. resolve: unknown handles give absent texts; texts live as long as the
   * instance. find: absent ids give SB_NO_ITEM. compare: order of (type, id), for ties: < 0, 0,
   * > 0. items: how many handles exist (all are below it). */
  void (*resolve)(void* context, const sb_item* items, size_t count, sb_text* types, sb_text* ids);
  void (*find)(void* context, const sb_text* types, const sb_text* ids, size_t count, sb_item* items);
  int32_t (*compare)(void* context, sb_item a, sb_item b);
  uint32_t (*items)(void* context);

  /* Catalogue columns, gathered for a batch; NaN (absent text) where an item has no such
   * attribute. "created_at" is known for every item: declared, else first seen. Not in
   * `update`. Texts are valid until the hook returns. */
  void (*read_numbers)(void* context, sb_text attribute, const sb_item* items, size_t count, double* values);
  void (*read_texts)(void* context, sb_text attribute, const sb_item* items, size_t count, sb_text* values);

  /* Managed state. open_table: only in `create`; NULL and an error if the options are wrong or
   * differ from what a restored table has. */
  sb_table* (*open_table)(void* context, const sb_table_options* options, sb_error* error);

  /* Adds weights[i] to (groups[i], keys[i]); groups NULL = all 0. */
  void (*counter_add)(sb_table* table, const uint32_t* groups, const uint64_t* keys, const float* weights,
                      const int64_t* times_ms, size_t count);
  /* values[i] = decayed sum of keys[i] over the given groups; NaN where there is none. */
  void (*counter_read)(const sb_table* table, const uint32_t* groups, size_t group_count,
                       const uint64_t* keys, size_t count, int64_t now_ms, float* values);
  /* The k heaviest eligible keys over the given groups, heaviest first, ties by id; SB_KEY_ITEM
   * only. Goes on until k eligible ones are found or none is left. Returns how many. */
  size_t (*counter_top)(const sb_table* table, const uint32_t* groups, size_t group_count, size_t k,
                        const uint64_t* eligible, uint32_t eligible_bits, int64_t now_ms, sb_item* items,
                        float* values);
  /* Forgets every group below `first`. Only in `update`. */
  void (*counter_drop_groups)(sb_table* table, uint32_t first);

  /* Adds weights[i] to member members[i] of row keys[i]; a full row drops its lightest. */
  void (*ranking_add)(sb_table* table, const uint64_t* keys, const sb_item* members, const float* weights,
                      const int64_t* times_ms, size_t count);
  /* 1 and the row, or 0. */
  int32_t (*ranking_row)(const sb_table* table, uint64_t key, int64_t now_ms, sb_ranking_row* row);

  void (*recent_add)(sb_table* table, const uint64_t* keys, const uint64_t* members, const int64_t* times_ms,
                     size_t count);
  int32_t (*recent_row)(const sb_table* table, uint64_t key, sb_recent_row* row);

  void (*vector_set)(sb_table* table, const uint64_t* keys, const float* values, size_t count);
  const float* (*vector_row)(const sb_table* table, uint64_t key); /* NULL = none */
} sb_host;

/* --- configuration --------------------------------------------------------------------- */

enum sb_setting_kind { SB_SETTING_NUMBER = 1, SB_SETTING_TEXT = 2, SB_SETTING_BOOL = 3, SB_SETTING_JSON = 4 };

/* One top-level key, checked against the plugin's schema and with its default filled in. */
typedef struct sb_setting {
  uint32_t struct_size;
  int32_t kind;
  sb_text key;
  sb_text text;  /* SB_SETTING_TEXT; for SB_SETTING_JSON the JSON text of an object or array */
  double number; /* SB_SETTING_NUMBER; SB_SETTING_BOOL as 0 or 1 */
} sb_setting;

typedef struct sb_config {
  uint32_t struct_size;
  uint32_t count;
  const sb_setting* settings;
  sb_text instance; /* the signal's name */
  sb_text json;     /* the whole configuration */
} sb_config;

/* --- the plugin's table ---------------------------------------------------------------- */

enum sb_plugin_flags {
  SB_PLUGIN_PRIVATE_STATE = 1 /* has state outside the managed tables: freeze, write_snapshot,
                                 thaw, restore and export_state must be there */
};

/* Every hook may be NULL ("not implemented") except create and destroy. Hooks return an
 * sb_code and, if it is not SB_OK, may fill `error`. */
typedef struct sb_plugin {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t state_version; /* of the private state; another one is not restored */
  uint32_t flags;
  uint32_t reserved;
  const char* name;    /* [a-z0-9_]{1,64} */
  const char* version; /* semantic */
  const char* family;  /* "collaborative", "content", "popularity" */
  /* JSON Schema (draft 7) of an object; each property carries "default" and
   * "x-signalbox": "score" (changes live, may differ per experiment variant) or "state"
   * (needs a new generation; what is meant where it is missing). */
  const char* config_schema;

  /* Off the request path. */
  int32_t (*create)(const sb_host* host, const sb_config* config, void** instance, sb_error* error);
  void (*destroy)(void* instance);

  /* The catalogue: items put in or replaced, and items gone. On start, everything that is newer
   * than the restored snapshot. */
  int32_t (*items_changed)(void* instance, const sb_items* upserts, const sb_item* deletes,
                           size_t delete_count, sb_error* error);
  /* Events from the log. Must give the same state however the log is cut into batches; never
   * reads the catalogue. */
  int32_t (*update)(void* instance, const sb_events* events, sb_error* error);

  /* A request's shared work; *scratch goes to the next hooks and to end. */
  int32_t (*begin)(void* instance, const sb_request* request, void** scratch, sb_error* error);
  void (*end)(void* instance, void* scratch);
  int32_t (*candidates)(void* instance, const sb_request* request, void* scratch,
                        const sb_candidate_sink* sink, sb_error* error);
  /* Fills scores[i] for items[i] where it is still NaN and the plugin has an opinion. Budget
   * 5 ms. Need not be called for items that `candidates` gave: their scores count. */
  int32_t (*score)(void* instance, const sb_request* request, void* scratch, const sb_item* items,
                   size_t count, float* scores, sb_error* error);
  int32_t (*explain)(void* instance, const sb_request* request, void* scratch, sb_item item,
                     sb_explanation* explanation, sb_error* error);

  /* Background upkeep, off the request path, at most about budget_us. *more = 1 asks to be
   * called again soon. */
  int32_t (*maintain)(void* instance, uint64_t budget_us, int32_t* more, sb_error* error);

  /* Private state in two phases. freeze: at most 50 ms, no update runs meanwhile; *frozen is a
   * consistent view. write_snapshot streams it while updates go on; thaw lets go of it.
   * restore: on a fresh instance, before anything else. A snapshot may contain handles. */
  int32_t (*freeze)(void* instance, void** frozen, sb_error* error);
  int32_t (*write_snapshot)(void* instance, void* frozen, const sb_writer* writer, sb_error* error);
  void (*thaw)(void* instance, void* frozen);
  int32_t (*restore)(void* instance, uint32_t state_version, const sb_reader* reader, sb_error* error);
  /* The private state as text lines with ids in place of handles, in any order; the host sorts
   * them. Two instances that learnt the same give the same lines. */
  int32_t (*export_state)(void* instance, const sb_writer* writer, sb_error* error);

  /* Erases what is known of a user or session (keyed hash), from private state. */
  int32_t (*forget)(void* instance, uint64_t user, sb_error* error);

  /* A trained model: a file or folder and its manifest as JSON. */
  int32_t (*load_artifact)(void* instance, sb_text path, sb_text manifest, sb_error* error);
} sb_plugin;

typedef const sb_plugin* (*sb_entry)(void);

#ifdef __cplusplus
}
#endif

#endif /* SIGNALBOX_PLUGIN_ABI_H_ */
