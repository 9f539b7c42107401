int main() {
  return 120;
}
