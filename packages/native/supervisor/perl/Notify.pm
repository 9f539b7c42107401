# Readiness: lines of sd_notify(3), on a datagram socket ($NOTIFY_SOCKET) for programs that speak it, and on a pipe
# ($DUENDE_NOTIFY_FD) for those that have no datagram sockets, such as Node.
package Duende::Notify;
use strict;
use warnings;
use Fcntl qw(F_SETFL O_NONBLOCK);
use POSIX ();
use Socket qw(AF_UNIX SOCK_DGRAM SOL_SOCKET pack_sockaddr_un);

our ($socket, $pipe, $pipe_end);
my $in_folder = 0;     # the socket is a file in the daemon's folder
my $longest   = 103;   # bytes of sun_path on macOS, without the NUL

sub fail { Duende::Handshake::fail_spawn('notify', $! + 0) }

# An abstract socket has no permissions, so whom it gets something from must be told by the kernel: recvmsg(2).
sub open_abstract {
  bind $socket, pack_sockaddr_un("\0duende-$Duende::Settings::text{id}") or fail();
  setsockopt $socket, SOL_SOCKET, Socket::SO_PASSCRED(), 1 or fail();
}

sub open_all {
  return unless $Duende::Settings::set{notify};
  socket $socket, AF_UNIX, SOCK_DGRAM, 0 or fail();
  fcntl $socket, F_SETFL, O_NONBLOCK;
  if (Duende::System::has_calls()) { open_abstract() }
  else {
    $in_folder = 1;
    bind $socket, pack_sockaddr_un('notify') or fail();
  }
  pipe $pipe, $pipe_end or fail();
  fcntl $pipe, F_SETFL, O_NONBLOCK;
}

# The client has rendered the variable for an abstract socket. A path that does not fit is left out: there is still the pipe.
sub environment {
  my $abstract = "NOTIFY_SOCKET=\@duende-$Duende::Settings::text{id}";
  my $path = "$Duende::Settings::text{base}/$Duende::Settings::text{name}/notify";
  return map { !$in_folder || $_ ne $abstract ? $_ : length $path <= $longest ? "NOTIFY_SOCKET=$path" : () }
    @Duende::Settings::env;
}

# struct msghdr of 64-bit Linux: name, its length, iovec, count, control, its length, flags.
sub receive_with_sender {
  my $text    = pack 'x4096';
  my $control = pack 'x64';
  my $part    = pack 'PQ', $text, 4096;
  my $message = pack 'QQPQPQQ', 0, 0, $part, 1, $control, 64, 0;
  my $length  = Duende::System::call('recvmsg', fileno $socket, $message, 0x40000040);    # MSG_CMSG_CLOEXEC, MSG_DONTWAIT
  return undef if $length < 0;
  # struct cmsghdr: length, SOL_SOCKET, SCM_CREDENTIALS, then pid, uid, gid.
  my (undef, $level, $type, undef, $uid) = unpack 'QiiiI', $control;
  my $expected = $Duende::Settings::set{uid} >= 0 ? $Duende::Settings::set{uid} : $>;
  return '' unless $level == SOL_SOCKET && $type == 2 && ($uid == $expected || $uid == 0);
  return substr $text, 0, $length;
}

sub receive {
  return receive_with_sender() unless $in_folder;
  # The folder is the owner's alone, and with it the socket.
  my $from = recv $socket, my $text, 4096, 0;
  return defined $from ? $text : undef;
}

sub take_lines {
  for (split /\n/, $_[0]) {
    if    (/^STATUS=(.*)/s) { Duende::Page::update(message => $1) }
    elsif ($_ eq 'READY=1') { Duende::Life::became_ready() }
  }
}

sub read_socket {
  while (defined(my $text = receive())) { take_lines($text) }
}

sub read_pipe {
  while (sysread $pipe, my $text, 4096) { take_lines($text) }
}

1;
