// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/munge/munge_auth.h"

#include <fmt/format.h>
#include <munge.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace slurmxx {

namespace {

struct ContextDeleter {
  void operator()(munge_ctx* context) const { munge_ctx_destroy(context); }
};
using Context = std::unique_ptr<munge_ctx, ContextDeleter>;

struct Freer {
  void operator()(void* memory) const { std::free(memory); }
};

Result<Context> make_context(const std::string& socket) {
  Context context(munge_ctx_create());
  if (!context) return fail(Errc::protocol_authentication, "auth/munge: no memory for a context");
  if (!socket.empty()) {
    const munge_err_t set = munge_ctx_set(context.get(), MUNGE_OPT_SOCKET, socket.c_str());
    if (set != EMUNGE_SUCCESS)
      return fail(Errc::protocol_authentication, fmt::format("auth/munge: socket {}: {}", socket, munge_strerror(set)));
  }
  return context;
}

Error munge_failure(const char* what, munge_err_t code, munge_ctx* context) {
  const char* detail = munge_ctx_strerror(context);
  return fail(Errc::protocol_authentication,
              fmt::format("auth/munge: {}: {}", what, detail ? detail : munge_strerror(code)));
}

}  // namespace

MungeAuth MungeAuth::from_auth_info(std::string_view auth_info) {
  constexpr std::string_view word = "socket=";
  while (!auth_info.empty()) {
    const std::size_t end = auth_info.find(',');
    const std::string_view item = auth_info.substr(0, end);
    if (item.starts_with(word)) return MungeAuth(std::string(item.substr(word.size())));
    auth_info.remove_prefix(end == std::string_view::npos ? auth_info.size() : end + 1);
  }
  return MungeAuth(std::string());
}

Result<std::string> MungeAuth::make_credential(std::string_view payload) {
  TRY_ASSIGN(Context context, make_context(socket_));
  char* text = nullptr;
  const munge_err_t code = munge_encode(&text, context.get(), payload.data(), static_cast<int>(payload.size()));
  const std::unique_ptr<char, Freer> owner(text);
  if (code != EMUNGE_SUCCESS) return munge_failure("no credential", code, context.get());
  return std::string(text);
}

Result<Credential> MungeAuth::check(std::string_view credential) {
  TRY_ASSIGN(Context context, make_context(socket_));
  void* payload = nullptr;
  int size = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  const std::string text(credential);  // libmunge wants a terminated string
  const munge_err_t code = munge_decode(text.c_str(), context.get(), &payload, &size, &uid, &gid);
  const std::unique_ptr<void, Freer> owner(payload);
  if (code != EMUNGE_SUCCESS) return munge_failure("credential refused", code, context.get());
  return Credential{Uid(uid), Gid(gid), std::string(static_cast<const char*>(payload), static_cast<std::size_t>(size))};
}

}  // namespace slurmxx
