// Requests as bytes: for keys of the response cache and for answers that are computed again.
#pragma once

#include "base/bytes.hpp"
#include "model/recommendation.hpp"

namespace signalbox::serve {

// Everything of the request that an answer hangs on, but tenant, scenario and explain.
void WriteRequest(const model::RecommendRequest& request, ByteWriter* out);
// What WriteRequest wrote. Damage: reader.ok() is false.
model::RecommendRequest ReadRequest(ByteReader* in);

}  // namespace signalbox::serve
