# A name is one folder. It is made under another name and moved into place under one lock, so that of two spawns one wins.
# Works together with claim.c on the same folders.
package Duende::Claim;
use strict;
use warnings;
use Errno ();
use Fcntl qw(:flock O_RDWR O_CREAT O_RDONLY O_NOFOLLOW);
use POSIX ();

my ($base, $place, $new, $old);    # absolute paths
my ($in_place, $replaced) = (0, 0);
my ($held_lock, $own_lock);

sub lock_folder {
  my ($folder) = @_;
  sysopen my $lock, "$folder/.lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600 or return undef;
  until (flock $lock, LOCK_EX) { return undef unless $!{EINTR} }
  return $lock;
}

# Whether the process that keeps a folder is alive: it holds the lock of the folder as long as it lives.
sub kept {
  my ($folder, $wait_ms) = @_;
  sysopen my $file, $folder, O_RDONLY | O_NOFOLLOW or return 0;
  for (; ; $wait_ms -= 2) {
    return 0 if flock $file, LOCK_EX | LOCK_NB;
    return 1 if $wait_ms <= 0;
    Duende::System::sleep_ms(2);
  }
}

# A name is taken while its daemon, or what keeps it, lives. A damaged folder that nobody keeps may be replaced.
sub taken {
  my ($folder) = @_;
  my $other = Duende::Page::read_other($folder);
  my $ended = $other && $other->{state} >= Duende::Page::STOPPED;
  # Who has published an end, or cannot be asked, may be on its way out.
  return 1 if kept($folder, $ended || !$other ? 1000 : 0);
  return $other && !$ended && Duende::Processes::same_process($other->{main_pid}, $other->{main_start});
}

sub there { return lstat($_[0]) ? 1 : 0 }

sub fail { Duende::Handshake::fail_spawn('state-folder', $! + 0) }

# As mkdir -p: the first daemon of a user finds nothing.
sub make_base {
  my ($folder) = @_;
  return 1 if -d $folder;
  my ($parent) = $folder =~ m{^(.+)/[^/]*$};
  make_base($parent) or return 0 if defined $parent;
  return mkdir($folder, 0700) || $!{EEXIST};
}

sub make_folder {
  my %text = %Duende::Settings::text;
  $base = $text{base};
  make_base($base) or fail();
  $new   = "$base/.new-$text{id}";
  $old   = "$base/.old-$text{id}";
  mkdir $new, 0700 or do { my $error = $! + 0; undef $new; Duende::Handshake::fail_spawn('state-folder', $error) };
  # Held as long as this process lives.
  sysopen $own_lock, $new, O_RDONLY or fail();
  flock $own_lock, LOCK_EX | LOCK_NB or fail();
  chdir $new or fail();
}

sub write_state {
  my %text = %Duende::Settings::text;
  $place = "$base/$text{name}";
  Duende::Page::create($text{spec}, id => $text{id}, name => $text{name}, boot_id => $text{boot_id}) or fail();
  delete $Duende::Settings::text{spec};
}

sub claim_name {
  $held_lock = lock_folder($base) or fail();
  if (there($place)) {
    Duende::Handshake::fail_spawn('name', POSIX::EEXIST()) if taken($place);
    rename $place, $old or fail();
    $replaced = 1;
    rename "$old/log", "$new/log" if $Duende::Settings::set{keep_log};
  }
  rename $new, $place or fail();
  $in_place = 1;
  undef $held_lock;
}

sub commit_claim {
  remove_tree($old) if $replaced;
  $replaced = 0;
}

# Nothing half made stays; what was there before comes back.
sub roll_back {
  return unless defined $new;
  my $lock = $held_lock || lock_folder($base);
  rename $place, $new if $in_place;
  if ($replaced) {
    rename "$new/log", "$old/log" if $Duende::Settings::set{keep_log};
    rename $old, $place;
  }
  $in_place = $replaced = 0;
  remove_tree($new);
}

sub remove_tree {
  my ($path) = @_;
  return unlink $path if -l $path || !-d _;
  if (opendir my $folder, $path) {
    remove_tree("$path/$_") for grep { $_ ne '.' && $_ ne '..' } readdir $folder;
    closedir $folder;
  }
  return rmdir $path;
}

# 0 removed or not there; 1 cannot; 3 another daemon has the name; 4 it runs. An empty id removes a damaged entry.
sub remove_daemon {
  my ($folder, $name, $id) = @_;
  return there($folder) ? 1 : 0 unless -d $folder;
  my $lock = lock_folder($folder) or return 1;
  my $path = "$folder/$name";
  return 0 unless there($path);
  my $other = Duende::Page::read_other($path);
  return 3 if $other ? $other->{id} ne $id : $id ne '';
  return 4 if taken($path);
  my $trash = "$folder/.gone-$$-" . Duende::System::now_ms();
  rename $path, $trash or return 1;
  undef $lock;
  remove_tree($trash);
  return 0;
}

sub sweep_old {
  my ($folder, $entry, $id) = @_;
  return if there("$folder/.new-$id");
  my $other = Duende::Page::read_other("$folder/$entry");
  return if !$other || $other->{name} eq '' || $other->{name} =~ m{/};
  my $home = "$folder/$other->{name}";
  if (!there($home)) { rename "$folder/$entry", $home }
  # Its place is taken by the spawn that moved it aside and is about to clear it, or was killed before it could.
  elsif (!kept($home, 0)) { remove_tree("$folder/$entry") }
}

sub sweep {
  my ($folder) = @_;
  return there($folder) ? 1 : 0 unless -d $folder;
  my $lock = lock_folder($folder);
  opendir my $entries, $folder or return 1;
  return 1 unless $lock;
  for my $entry (readdir $entries) {
    if ($entry =~ /^\.(?:new|gone)-/) {
      # Young ones may not hold their lock yet.
      my @info = lstat "$folder/$entry" or next;
      remove_tree("$folder/$entry") if time - $info[9] >= 5 && !kept("$folder/$entry", 0);
    } elsif ($entry =~ /^\.old-(.*)/s) {
      sweep_old($folder, $entry, $1);
    }
  }
  return 0;
}

1;
