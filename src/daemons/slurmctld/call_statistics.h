// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How many requests of each kind and of each user were served, and how long that took: what sdiag shows. Every thread
// that serves requests notes them here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "wire/client_messages.h"

namespace slurmxx {

class CallStatistics {
 public:
  using NameOf = std::function<std::string(Uid)>;

  void note(const ClientRequest& request, Uid user, std::uint64_t took_us);
  void count_since(Instant since);  // begins anew if it did not count since then
  // The calls and users of `reply`, most frequent first, and the cost of a look at the clock.
  void fill(StatisticsReply& reply, const NameOf& name_of) const;

  static constexpr std::size_t users_max = 10'000;  // further ones are counted as the last

 private:
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t sum_us = 0;
  };
  mutable std::mutex mutex_;
  Instant since_;
  std::map<std::size_t, Sum> by_kind_;  // by the request's place in ClientRequest
  std::map<Uid, Sum> by_user_;
};

std::uint64_t stopwatch_us();

}  // namespace slurmxx
