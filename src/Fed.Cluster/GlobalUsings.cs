global using System.Collections.Immutable;
global using System.Text;
global using Fed.Actors.Persistence;
