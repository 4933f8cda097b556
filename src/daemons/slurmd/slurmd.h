// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmd's one thread of decisions: a poll(2) loop that feeds the node agent with what comes from slurmctld (through
// the uplink's thread), from slurmstepds, prologs, sruns and the clock, and does what the agent asks of the machine.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "adapters/auth/proof_socket.h"
#include "adapters/log/daemon_log.h"
#include "adapters/net/uplink.h"
#include "adapters/process/script_chain.h"
#include "adapters/spool/job_spool.h"
#include "adapters/step/fork_server.h"
#include "core/config/cluster_config.h"
#include "daemons/slurmd/job_cleaner.h"
#include "daemons/slurmd/node_features.h"
#include "daemons/slurmd/script_order.h"
#include "daemons/slurmd/side_program.h"
#include "daemons/slurmd/step_door.h"
#include "daemons/slurmd/survivor_watch.h"
#include "node/agent.h"

namespace slurmxx {

struct SlurmdSettings {
  std::string node_name;
  std::string dynamic;  // as NodeHello has it
  std::string conf_path;
  std::string stepd_path;
  NodeRegistration registration;
  std::function<Result<std::vector<GresFound>>(const ClusterConfig&)> find_gres;  // as gres.conf has them now
  std::function<void(const std::string&)> log;
  std::function<void(const std::string& level)> set_debug;
  std::function<LogSettings()> log_settings;                             // slurmstepds log as we do
  std::function<Result<std::shared_ptr<const ClusterConfig>>()> reread;  // slurm.conf; opens the log anew too
};

class Slurmd final : public NodeHost {
 public:
  Slurmd(SlurmdSettings settings, std::shared_ptr<const ClusterConfig> config, JobSpool spool, StepDoor door);

  void restore();
  void end_all_steps();
  void serve_proofs(ProofDoor door) { proof_door_.emplace(std::move(door)); }  // for users of this host
  // Until `signals` (a signalfd) gives SIGTERM or SIGINT. Steps go on without us.
  void serve(Uplink& uplink, int signals);

  // For the uplink's thread.
  void push(std::function<void()> news);
  NodeAgent& agent() { return agent_; }
  void take_order(const Message& message);

  void send(const NodeReport& report) override;
  NodeRegistration registration() override { return settings_.registration; }
  Heartbeat vitals() override;
  void keep_obeyed(const ObeyedController& controller) override;
  Status keep_job(const NodeJob& job) override { return spool_.keep_job(job); }
  void run_prolog(const LaunchBatch& job) override;
  void start_batch(const LaunchBatch& job) override;
  void start_step(const LaunchStep& step) override;
  void notify_step(const StepKey& step, const StepdNotify& notice) override;
  void reboot(const RebootNode& order) override;
  void admit_reader(const StepKey& step, const StepdAdmit& reader) override;
  void signal_step(const StepKey& step, const StepdSignal& signal) override;
  void finish_step(const StepKey& step, const StepdFinish& finish) override;
  std::optional<RunningStep> usage_of(const StepKey& step) override;
  void forget_step(const StepKey& step) override { spool_.remove_step(step); }
  void clear_job(const LaunchBatch& job, const EndJob& end) override;
  void step_unkillable(const StepKey& step, const StepEnd& end) override;
  void check_health() override;
  void reconfigure() override;
  void set_debug(const std::string& level) override { settings_.set_debug(level); }
  void shut_down() override { shut_down_ = true; }
  void turned_away(const std::string& why) override;
  void named(const std::string& name) override;
  void not_obeyed(Epoch older, Epoch obeyed) override;

 private:
  struct HeldStep {
    FileDescriptor socket;
    Uid owner;
  };
  struct JobScripts {  // what a job waits for: first that nothing of it is left, if it has ended
    std::optional<JobCleaner> cleaner;
    ScriptOrder order;  // until it is its turn
    std::optional<ScriptChain> chain;
    bool is_epilog = false;
    std::string fault;  // why the node is to be drained, whatever the scripts say
  };

  bool shut_down_ = false;  // slurmctld has asked for it

  void wait(int signals);
  bool take_signals(int signals);  // false: the end is asked for
  void reopen_log();
  void take_news();
  void reap_children();
  void finish_scripts();
  void look_for_ended_steps();
  void serve_door();
  void start_stepd(const StepKey& key, const StepdLaunch& launch, const std::string& script);
  Result<FileDescriptor> spawn_stepd(const StepKey& key);
  Status execute_stepd(const std::string& folder, int listener);
  void keep_fork_server();
  void command(const StepKey& step, const StepdCommand& command);
  StepdLaunch stepd_launch(StepdOrder order) const;
  StepEnd end_of(const StepKey& key, Uid owner);
  ScriptPlace place() const { return {settings_.node_name, settings_.conf_path, *config_}; }
  void run_scripts(const Incarnation& job, JobScripts scripts);
  void advance(const Incarnation& job, JobScripts& scripts);
  bool must_wait(const Incarnation& job) const;
  void scripts_over(const Incarnation& job, const JobScripts& scripts);
  OrphanFilter leftovers_of(const LaunchBatch& job) const;
  FeaturePrograms feature_programs() const { return {config_->helpers, settings_.node_name, settings_.log}; }
  void look_at_features();
  void run_beside(ScriptOrder order);
  void serve_side_programs();
  void register_when_healthy();

  SlurmdSettings settings_;
  std::shared_ptr<const ClusterConfig> config_;
  JobSpool spool_;
  StepDoor door_;
  std::optional<ProofDoor> proof_door_;
  NodeAgent agent_;
  Uplink* uplink_ = nullptr;
  ForkServer forks_;
  std::map<StepKey, HeldStep> steps_;
  std::map<Incarnation, JobScripts> scripts_;
  std::map<Incarnation, std::uint64_t> begun_;  // when jobs began to use this node, in clock ticks since boot
  SurvivorWatch survivors_;
  std::list<SideProgram> side_programs_;
  struct {
    bool registered = false;  // the uplink has been started
    Instant reboot_ordered;   // the order that RebootProgram was started for
  } done_;
  std::string logged_;  // the last line of log_once()
  void log_once(const std::string& line);
  FileDescriptor wake_;
  std::mutex mutex_;  // guards news_
  std::deque<std::function<void()>> news_;
  std::deque<std::string> admitted_;  // the latest readers that slurmstepds were told of
};

}  // namespace slurmxx
