// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// epoll(7), level-triggered. Keys: 0 the wake-up, 1.. the listeners, 1000.. the connections.
#include "adapters/net/server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/net/listener.h"
#include "base/check.h"

namespace slurmxx {
namespace {

Error listen_error(const std::string& where, int code) {
  const char* cure = code == EADDRINUSE ? " (is another daemon running there?)" : "";
  return fail(Errc::communication, fmt::format("cannot listen on {}: {}{}", where, std::strerror(code), cure));
}

void ring(int wake) {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake, &one, sizeof one));
}

}  // namespace

ServerOptions ServerOptions::within_descriptors() {
  // A log, its blobs and snapshots need descriptors whatever connects.
  constexpr std::size_t for_own_work = 48, connections_least = 8;
  const std::size_t descriptors = raise_descriptor_limit();
  ServerOptions options;
  options.connections_max = std::min(options.connections_max, descriptors - std::min(descriptors, for_own_work));
  options.connections_max = std::max(options.connections_max, connections_least);
  options.connections_of_one_max = std::max(connections_least, options.connections_max / 4);
  return options;
}

Server::Server(ServerOptions options, HandshakePorts ports, ServerHandlers handlers)
    : options_(std::move(options)),
      ports_(ports),
      handlers_(std::move(handlers)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      greeter_(ports, handlers_.introduce, [fd = wake_.get()] { ring(fd); }) {
  SLURMXX_CHECK(epoll_ && wake_);
  SLURMXX_CHECK(watch(wake_.get(), 0, EPOLLIN).ok());
}

Server::~Server() = default;

Status Server::watch(int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  if (errno == EEXIST && ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return {};
  return fail(Errc::communication, fmt::format("epoll_ctl: {}", std::strerror(errno)));
}

Status Server::listen_tcp(std::uint16_t port) {
  TRY_ASSIGN(FileDescriptor fd, listen_on_port(port));
  port_ = port_of(fd.get());
  TRY(watch(fd.get(), listeners_.size() + 1, EPOLLIN));
  listeners_.push_back({std::move(fd), false});
  return {};
}

Status Server::listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(Errc::communication,
                fmt::format("{}: longer than a unix socket's path may be (107 characters): choose a shorter "
                            "SlurmctldPidFile",
                            path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return listen_error(path, errno);
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return listen_error(path, errno);
  ::chmod(path.c_str(), 0666);
  if (::listen(fd.get(), 4096) != 0) return listen_error(path, errno);
  TRY(watch(fd.get(), listeners_.size() + 1, EPOLLIN));
  listeners_.push_back({std::move(fd), true});
  return {};
}

// A flood of connections that say nothing must not keep those out that do.
bool Server::drop_oldest_greeting() {
  if (greetings_.empty()) return false;
  auto oldest = std::find_if(greetings_.begin(), greetings_.end(), [](auto& g) { return !g.second.with_greeter; });
  if (oldest == greetings_.end()) oldest = greetings_.begin();
  greetings_.erase(oldest);
  say_crowded("connections that have not shaken hands give way to new ones, the oldest first");
  return true;
}

void Server::say_crowded(const std::string& line) {
  constexpr Seconds once_in{60};
  if (mono_now() < quiet_until_) return;
  quiet_until_ = mono_now() + once_in;
  handlers_.log(fmt::format("{} (open are {}, the most allowed {})", line, greetings_.size() + streams_.size(),
                            options_.connections_max));
}

void Server::accept_all(Listener& listener) {
  while (true) {
    FileDescriptor fd = acceptor_.next(listener.fd.get(), [this] { return drop_oldest_greeting(); });
    if (!fd) return;
    if (greetings_.size() + streams_.size() >= options_.connections_max && !drop_oldest_greeting()) {
      say_crowded("a connection is refused");
      continue;
    }
    const int on = 1;
    if (!listener.is_unix) {
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      notice_dead_peer(fd.get());
    }
    const std::uint64_t key = next_key_++;
    if (!watch(fd.get(), key, EPOLLIN)) continue;
    Greeting greeting;
    greeting.fd = std::move(fd);
    greeting.is_unix = listener.is_unix;
    greeting.until = mono_now() + options_.handshake_time;
    greetings_.emplace(key, std::move(greeting));
  }
}

void Server::greet(std::uint64_t key) {
  Greeting& greeting = greetings_.at(key);
  if (greeting.with_greeter) return drop(key, "");  // it hung up
  const Result<bool> more = read_available(greeting.fd.get(), greeting.reader);
  if (!more || !*more) return drop(key, "");
  auto frame = greeting.reader.next();
  if (!frame) return drop(key, frame.error().message);
  if (!*frame) return;
  HandshakeOptions shake;
  shake.auth_kind = options_.auth_kind;
  if (greeting.is_unix) {
    auto peer = kernel_peer_of(greeting.fd.get());
    if (!peer) return drop(key, peer.error().message);
    shake.kernel_peer = *peer;
    const bool known = !handlers_.introduce || (handlers_.acquainted && handlers_.acquainted(*peer));
    if (known) return let_in(key, ServerHandshake(shake, ports_).accept(**frame));
  }
  greeting.with_greeter = true;
  static_cast<void>(watch(greeting.fd.get(), key, 0));
  greeter_.push({key, std::move(shake), std::move(**frame)});
}

Status Server::has_room_for(const Peer& peer) const {
  if (peer.uid == Uid(0) || peer.uid == Uid(::geteuid())) return {};
  const auto known = sessions_of_.find(peer.uid);
  if (known == sessions_of_.end() || known->second < options_.connections_of_one_max) return {};
  return fail(Errc::communication, fmt::format("uid {} has {} connections open, the most allowed: close some",
                                               peer.uid.value, known->second));
}

void Server::let_in(std::uint64_t key, Result<Accepted> accepted) {
  const auto found = greetings_.find(key);
  if (found == greetings_.end()) return;  // dropped meanwhile
  if (accepted) {
    if (const Status room = has_room_for(accepted->established.peer); !room) accepted = room.error();
  }
  Greeting& greeting = found->second;
  std::string bytes;
  const Status framed = append_frame(bytes, accepted ? accepted->answer : refusal_answer(accepted.error()));
  SLURMXX_CHECK(framed.ok());
  const ssize_t sent = ::send(greeting.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (!accepted) return drop(key, accepted.error().message);
  if (sent != static_cast<ssize_t>(bytes.size()) || greeting.reader.buffered() > 0)
    return drop(key, "the peer spoke before the handshake was over");
  static_cast<void>(watch(greeting.fd.get(), key, EPOLLIN));
  Stream stream(std::move(greeting.fd), std::move(accepted->established));
  stream.set_body_max(options_.received_frame_max);
  greetings_.erase(found);
  ++sessions_of_[stream.peer().uid];
  streams_.emplace(key, Connection{std::move(stream), mono_now()});
}

void Server::read(std::uint64_t key) {
  auto found = streams_.find(key);
  if (found == streams_.end()) return;
  auto messages = found->second.stream.receive(wall_now());
  if (!messages) return drop(key, messages.error().code == Errc::communication ? "" : messages.error().message);
  const Peer peer = found->second.stream.peer();
  for (Message& message : *messages)
    if (const Status taken = handlers_.message(SessionId(key), peer, std::move(message)); !taken)
      return drop(key, taken.error().message);
}

void Server::write(std::uint64_t key) {
  auto found = streams_.find(key);
  if (found == streams_.end()) return;
  if (Status flushed = found->second.stream.flush(); !flushed) return drop(key, flushed.error().message);
  settle(key, found->second);
}

// Who has much to read is not listened to: it cannot ask for more than it takes.
void Server::settle(std::uint64_t key, Connection& connection) {
  constexpr std::size_t low_water = 1u << 20;
  const std::size_t unsent = connection.stream.unsent();
  if (unsent == 0 || unsent < connection.counted) connection.progress = mono_now();
  unsent_total_ += unsent - connection.counted;
  connection.counted = unsent;
  const bool was_behind = behind_.contains(key);
  if (unsent > 0) behind_.insert(key);
  if (unsent == 0 && was_behind) behind_.erase(key);
  const std::uint32_t writing = unsent > 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0;
  const std::uint32_t reading = unsent <= low_water ? static_cast<std::uint32_t>(EPOLLIN) : 0;
  if (was_behind || unsent > 0) static_cast<void>(watch(connection.stream.fd(), key, reading | writing));
  if (unsent > low_water || !connection.wants_more) return;
  connection.wants_more = false;
  if (handlers_.drained) handlers_.drained(SessionId(key));
}

// Whoever reaches the door can make us say this: so a few times a minute, and then how often it was.
void Server::say_dropped(std::uint64_t key, const std::string& why) {
  constexpr Seconds window{60};
  constexpr std::size_t most = 20;
  if (mono_now() >= dropped_.until) {
    if (dropped_.count > most)
      handlers_.log(fmt::format("closed {} more connections in the minute before", dropped_.count - most));
    dropped_ = {mono_now() + window, 0};
  }
  if (++dropped_.count <= most) handlers_.log(fmt::format("closed connection {}: {}", key, why));
}

void Server::drop(std::uint64_t key, const std::string& why) {
  if (!why.empty()) say_dropped(key, why);
  greetings_.erase(key);
  const auto found = streams_.find(key);
  if (found == streams_.end()) return;
  unsent_total_ -= found->second.counted;
  behind_.erase(key);
  if (const auto of_user = sessions_of_.find(found->second.stream.peer().uid); --of_user->second == 0)
    sessions_of_.erase(of_user);
  streams_.erase(found);
  handlers_.closed(SessionId(key));
}

void Server::drop_stalled() {
  const MonoTime now = mono_now();
  std::vector<std::uint64_t> stalled;
  for (const std::uint64_t key : behind_)
    if (streams_.at(key).progress + options_.stalled_max <= now) stalled.push_back(key);
  for (const std::uint64_t key : stalled) drop(key, "the peer does not read what it asked for");
}

void Server::make_room() {
  while (unsent_total_ > options_.unsent_total_max) {
    const auto most = std::max_element(behind_.begin(), behind_.end(), [this](std::uint64_t a, std::uint64_t b) {
      return streams_.at(a).counted < streams_.at(b).counted;
    });
    drop(*most, "too much waits to be read by all peers together, and most of it by this one");
  }
}

void Server::drop_slow_greetings() {
  const MonoTime now = mono_now();
  std::vector<std::uint64_t> slow;
  for (const auto& [key, greeting] : greetings_)
    if (greeting.until <= now) slow.push_back(key);
  for (std::uint64_t key : slow) drop(key, "no handshake in time");
}

void Server::send(SessionId to, MessageType type, std::string body, bool more) {
  const std::lock_guard lock(letters_mutex_);
  letters_.push_back({to, type, std::move(body), more});
  if (letters_.size() == 1) wake();
}

std::string Server::address_of(SessionId session) const {
  const auto found = streams_.find(session.value);
  if (found == streams_.end()) return "";
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char text[NI_MAXHOST];
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(found->second.stream.fd(), any, &length) != 0 || any->sa_family == AF_UNIX) return "local";
  if (::getnameinfo(any, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return "";
  constexpr std::string_view mapped = "::ffff:";  // of IPv4, on a socket that takes both
  const std::string_view whole = text;
  return std::string(whole.starts_with(mapped) ? whole.substr(mapped.size()) : whole);
}

void Server::wake() { ring(wake_.get()); }

void Server::deliver_letters() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(letters_mutex_);
    letters.swap(letters_);
  }
  for (Letter& letter : letters) deliver(letter);
}

void Server::deliver(Letter& letter) {
  const std::uint64_t key = letter.to.value;
  const auto found = streams_.find(key);
  if (found == streams_.end()) return;
  Connection& connection = found->second;
  connection.wants_more = connection.wants_more || letter.more;
  if (Status sent = connection.stream.send({RequestId(), letter.type, std::move(letter.body)}, wall_now()); !sent)
    return drop(key, sent.error().message);
  settle(key, connection);
  make_room();
}

void Server::serve(Millis longest) {
  epoll_event events[256];
  const int count = ::epoll_wait(epoll_.get(), events, 256, static_cast<int>(longest.value));
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = events[i].data.u64;
    if (key == 0) {
      std::uint64_t drained = 0;
      static_cast<void>(!::read(wake_.get(), &drained, sizeof drained));
    } else if (key <= listeners_.size()) {
      accept_all(listeners_[key - 1]);
    } else if (greetings_.contains(key)) {
      greet(key);
    } else {
      if (events[i].events & EPOLLOUT) write(key);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(key);
    }
  }
  for (Greeter::Outcome& outcome : greeter_.take()) let_in(outcome.key, std::move(outcome.accepted));
  deliver_letters();
  drop_slow_greetings();
  drop_stalled();
}

Status Server::flush_all(MonoTime until) {
  deliver_letters();
  for (auto& [key, connection] : streams_) {
    Stream& stream = connection.stream;
    while (stream.wants_write() && wait_for(stream.fd(), POLLOUT, until)) TRY(stream.flush());
  }
  return {};
}

}  // namespace slurmxx
