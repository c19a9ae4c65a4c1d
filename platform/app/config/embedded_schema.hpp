// The configuration's JSON schema, compiled in.
#pragma once

namespace signalbox::app {

extern const char* const kConfigSchema;

}  // namespace signalbox::app
