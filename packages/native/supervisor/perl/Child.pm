# From fork to exec of the daemon's own processes.
package Duende::Child;
use strict;
use warnings;
use Fcntl qw(F_DUPFD F_SETFD FD_CLOEXEC);
use POSIX ();

my $failure_file;

# Runs in the child: says what it failed at, and ends.
sub fail {
  my ($stage) = @_;
  my $error = $! + 0;
  Duende::System::write_all($failure_file, pack 'a28 l', $stage, $error) if $failure_file;
  POSIX::_exit(127);
}

# What is open now, above a number.
sub open_above {
  my ($last) = @_;
  for my $folder ('/proc/self/fd', '/dev/fd') {
    opendir my $entries, $folder or next;
    return grep { /^\d+$/ && $_ > $last } readdir $entries;
  }
  return ($last + 1 .. 1023);
}

# What a careless client left open must not stay open as long as the daemon lives.
sub close_inherited { POSIX::close($_) for open_above($_[0]) }

# Nothing but 0, 1, 2 (and the readiness pipe as 3) reaches the program.
sub close_above {
  my ($last) = @_;
  my $keep = $failure_file ? fileno $failure_file : -1;
  for (open_above($last)) { POSIX::close($_) if $_ != $keep }
}

sub set_limit {
  my ($resource, $value, $stage) = @_;
  return if $value < 0;
  my $limits = pack 'QQ', $value, $value;
  Duende::System::call('prlimit64', 0, $resource, $limits, 0) == 0 or fail($stage);
}

# Assigning to $) calls setgroups(2) with all but the first, and tells nothing: what came of it is looked at.
sub set_groups {
  my %wanted = map { ($_ => 1) } @_;
  $! = 0;
  my $first = (split ' ', $))[0];
  $) = join ' ', $first, (@_ ? @_ : $first);
  my (undef, @now) = split ' ', $);
  return 1 if join(' ', sort grep { $wanted{$_} } @now) eq join(' ', sort keys %wanted) && !grep { !$wanted{$_} } @now;
  $! = POSIX::EPERM() unless $!;
  return 0;
}

sub become_user {
  my ($uid, $gid) = @Duende::Settings::set{qw(uid gid)};
  return if $uid < 0 && $gid < 0;
  if ($> == 0 && @Duende::Settings::groups) { set_groups(@Duende::Settings::groups) or fail('group') }
  if ($gid >= 0) { POSIX::setgid($gid) or fail('group') }
  if ($uid >= 0) { POSIX::setuid($uid) or fail('user') }
}

# Perl itself ignores SIGFPE; a program expects every signal as the kernel gives it.
sub default_signals {
  my $default = POSIX::SigAction->new('DEFAULT');
  my $last    = $Duende::System::linux ? 64 : 31;
  for my $signal (1 .. $last) { eval { POSIX::sigaction($signal, $default) } }
  POSIX::sigprocmask(POSIX::SIG_SETMASK(), POSIX::SigSet->new);
}

# Everything that the spec asks of the process itself. Order: what needs root first, then who, then where.
sub set_up {
  my %set = %Duende::Settings::set;
  set_limit(7, $set{open_files},  'resources.openFilesMax');    # RLIMIT_NOFILE
  set_limit(8, $set{lock_memory}, 'resources.lockMemory');      # RLIMIT_MEMLOCK
  umask 022;
  become_user();
  if ($set{no_new_privileges}) {
    Duende::System::call('prctl', 38, 1, 0, 0, 0) == 0 or fail('sandbox.noNewPrivileges');    # PR_SET_NO_NEW_PRIVS
  }
  chdir $Duende::Settings::text{cwd} or fail('cwd');
  default_signals();
}

sub connect_standard {
  open my $null, '+<', '/dev/null' or fail('fork');
  POSIX::dup2(fileno $null, 0);
  POSIX::dup2(fileno $Duende::Logs::write[$_ - 1], $_) for 1, 2;
}

# Perl's exec goes through execvp(3), which gives a file of unknown format to a shell: execve(2) then says so instead.
sub is_executable_format {
  my ($file) = @_;
  open my $program, '<', $file or return 1;    # no permission to read, or not there: exec tells
  my $got = sysread $program, my $begin, 4;
  return 1 unless defined $got;
  return $begin =~ /^(?:#!|\x7fELF)/ || $begin =~ /^(?:\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba[\xbe\xbf])/;
}

# Comes back only when it failed, with $! set. `env` is a list of NAME=VALUE.
sub execute {
  my ($file, $argv, $env) = @_;
  if (Duende::System::has_calls()) {
    my ($path, $arguments, $variables) = ("$file", pack('p*', @$argv, undef), pack('p*', @$env, undef));
    return Duende::System::call('execve', $path, $arguments, $variables);
  }
  if (!is_executable_format($file)) {
    $! = POSIX::ENOEXEC();
    return;
  }
  %ENV = map { /^([^=]+)=(.*)/s } @$env;
  no warnings 'exec';
  exec {$file} @$argv;
}

sub run_daemon {
  POSIX::setsid();
  connect_standard();
  my $notify = $Duende::Notify::pipe_end;
  POSIX::dup2(fileno $notify, 3) if $notify;
  close_above($notify ? 3 : 2);
  my @env = Duende::Notify::environment();
  set_up();
  execute($Duende::Settings::text{program}, \@Duende::Settings::argv, \@env);
  fail('exec');
}

# In the child nothing that goes wrong may lead back into the supervisor's own code.
sub fork_child {
  my ($work) = @_;
  Duende::System::block_every_signal();
  my $pid = fork;
  if (defined $pid && $pid == 0) {
    eval { $work->() };
    fail('exec');
  }
  my $error = $! + 0;
  Duende::System::block_signals();
  $! = $error;
  return $pid;
}

# Waits for the exec to close the pipe: an end of file. Returns stage and errno when it did not come to that.
sub await_exec {
  my ($reader) = @_;
  my $until = Duende::System::now_ms() + $Duende::Settings::set{start_timeout};
  while (1) {
    my $left = $until - Duende::System::now_ms();
    return ('timeout', POSIX::ETIMEDOUT()) if $left < 0;
    my %ready = Duende::System::wait_for([[fileno $reader, 'r']], $left) or next;
    my $got = sysread $reader, my $failure, 32;
    next if !defined $got && $!{EINTR};
    return unless $got && $got == 32;
    my ($stage, $error) = unpack 'Z28 l', $failure;
    return ($stage, $error);
  }
}

# Forks and executes the program. Returns nothing, or stage and errno when it could not be executed; nothing runs then.
sub start_main {
  pipe my $reader, my $writer or return ('fork', $! + 0);
  # Above every number that the child gives away.
  my $number = fcntl $writer, F_DUPFD, 64 or return ('fork', $! + 0);
  open $failure_file, '>&=', $number or return ('fork', $! + 0);
  fcntl $failure_file, F_SETFD, FD_CLOEXEC;
  close $writer;
  my $pid = fork_child(\&run_daemon);
  my $error = $! + 0;
  undef $failure_file;
  return ('fork', $error) unless defined $pid;
  Duende::Tree::set_leader($pid);
  Duende::Page::update(main_pid => $pid, main_start => Duende::Processes::start_time($pid));
  # While the other processor executes the program.
  Duende::Control::open_socket();
  Duende::Logs::ensure_file();
  my ($stage, $failed) = await_exec($reader) or return;
  kill POSIX::SIGKILL(), $pid;
  1 while waitpid($pid, 0) < 0 && $!{EINTR};
  Duende::Page::update(main_pid => 0, main_start => 0);
  return ($stage, $failed);
}

# The health command runs as the daemon does, its output in the daemon's log.
sub start_health_command {
  return fork_child(sub {
    POSIX::setsid();
    connect_standard();
    close_above(2);
    my @env = Duende::Notify::environment();
    set_up();
    my @argv = @Duende::Settings::health_argv;
    execute($argv[0], \@argv, \@env);
  });
}

1;
