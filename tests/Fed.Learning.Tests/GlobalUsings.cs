global using System.Collections.Immutable;
global using Fed.Vectors;
global using Xunit;
