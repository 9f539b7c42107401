# Plays the manager for one run of duende-unit: unit-program.pl FILE JOURNAL LISTEN QUIET_MS PROGRAM COMMAND
# FILE becomes 0 and 1, NOTIFY_SOCKET is a socket here. As root in a mount namespace of its own: /run is empty then, and with JOURNAL=1
# /run/systemd/journal/stdout is a socket here too. Prints what happens, a line each: `MS notify HEX`, `MS journal STREAM HEX`, `MS stderr HEX`, `MS exit STATUS`.
use strict;
use warnings;
use Fcntl;
use POSIX ':sys_wait_h';
use Socket;
use Time::HiRes 'time';

my ($file, $with_journal, $listen, $quiet, @command) = @ARGV;
$| = 1;
my $begin = time;
sub say_line { printf "%d %s\n", (time - $begin) * 1000, "@_" }

my $path = "\0duende-test-$$";
my ($notify, $journal);
socket($notify, AF_UNIX, SOCK_DGRAM, 0) && bind($notify, pack_sockaddr_un($path)) or die "notify: $!";
die 'mount' if $> == 0 && system('mount', '-t', 'tmpfs', 'tmpfs', '/run') != 0;
if ($with_journal) {
  mkdir '/run/systemd';
  mkdir '/run/systemd/journal';
  socket($journal, AF_UNIX, SOCK_STREAM, 0) && bind($journal, pack_sockaddr_un('/run/systemd/journal/stdout')) && listen($journal, 9)
    or die "journal: $!";
}
pipe(my $stderr, my $stderr_end) or die;
my $pid = fork;
if ($pid == 0) {
  $ENV{NOTIFY_SOCKET} = '@duende-test-' . getppid;
  ($ENV{LISTEN_PID}, $ENV{LISTEN_FDS}) = ($$, 1) if $listen;
  sysopen(my $unit, $file, O_RDWR) or die "$file: $!";
  POSIX::dup2(fileno $unit, 0);
  POSIX::dup2(fileno $unit, 1);
  POSIX::dup2(fileno $stderr_end, 2);
  POSIX::close($_) for 3 .. 20;
  POSIX::open('/dev/zero', O_RDONLY) == 3 or die if $listen; # POSIX::open does not close at exec
  exec @command or POSIX::_exit(99);
}
close $stderr_end;
say_line('pid', $pid);
my %streams = (fileno $stderr => [$stderr, 'stderr']);
my ($number, $ended, $last) = (0, 0, time);
while (!$ended || time - $last < $quiet / 1000) {
  my $in = '';
  vec($in, $_, 1) = 1 for fileno $notify, ($journal ? fileno $journal : ()), keys %streams;
  if (select($in, undef, undef, 0.01) > 0) {
    $last = time;
    if (vec($in, fileno $notify, 1)) {
      recv($notify, my $text, 4096, 0);
      say_line('notify', unpack 'H*', $text);
    }
    if ($journal && vec($in, fileno $journal, 1)) {
      accept(my $stream, $journal);
      $streams{fileno $stream} = [$stream, 'journal ' . $number++];
    }
    for my $fd (grep { vec($in, $_, 1) } keys %streams) {
      my ($stream, $name) = @{$streams{$fd}};
      if (sysread $stream, my $text, 4096) { say_line($name, unpack 'H*', $text) }
      else { delete $streams{$fd} }
    }
  }
  elsif (!$ended && waitpid($pid, WNOHANG) == $pid) {
    ($ended, $last) = (1, time);
    say_line('exit', $?);
  }
}
