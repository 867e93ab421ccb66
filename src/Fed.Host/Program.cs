Console.WriteLine("fed 0.1.0");
