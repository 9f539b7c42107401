console.log('importing');
await new Promise((resolve) => setTimeout(resolve, 3_600_000));
