// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol write batch_script: from the blobs, past the thread that owns the state.
#pragma once

#include "adapters/blobs/blob_store.h"
#include "control/published.h"

namespace slurmxx {

inline ClientReply script_answer(const Published& published, BlobStore& blobs, const ScriptRequest& request,
                                 Uid caller) {
  auto hash = script_hash_for(published, request, caller);
  auto script = hash ? blobs.get(*hash) : Result<std::string>(hash.error());
  if (script) return ScriptReply{std::move(*script)};
  return ErrorReply{script.error().code, script.error().message, {}};
}

}  // namespace slurmxx
