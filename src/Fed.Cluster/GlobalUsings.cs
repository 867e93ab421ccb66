global using System.Collections.Immutable;
global using System.Text;
global using Fed.Actors.Persistence;
global using Fed.Actors.Ports;
