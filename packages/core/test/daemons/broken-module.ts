throw new SyntaxError('broken while it is imported');
